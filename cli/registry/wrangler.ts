import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import type { TenantRegistry } from '../../src/core/registry.ts'
import { script } from '../dev/wrangler.ts'
import { ROOT } from '../dev/state.ts'

export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string }
/** Runs wrangler with these arguments. */
export type Run = (args: readonly string[]) => Promise<Ran>

const Listed = v.array(
  v.object({
    name: v.string(),
    metadata: v.optional(v.custom<object>((value) => typeof value === 'object' && value !== null)),
  }),
)

/**
 * The deployed namespace through `wrangler kv key`. Values go by way of a file that only its owner may read, since a
 * command line is for all to see.
 */
export function wranglerRegistry(run: Run): TenantRegistry {
  async function kv(...args: readonly string[]): Promise<Ran> {
    const where = ['--binding', 'TENANTS', '--remote', '--config', join(ROOT, 'wrangler.toml')]
    return run(['kv', 'key', ...args, ...where])
  }
  async function done(...args: readonly string[]): Promise<string> {
    const ran = await kv(...args)
    if (ran.code === 0) return ran.stdout
    throw new Error(`wrangler kv key ${args[0]}: ${saidBy(ran)}`)
  }
  return {
    async get(key) {
      const ran = await kv('get', key)
      if (ran.code === 0) return ran.stdout
      // The API's answer to a missing key, in wrangler's words.
      if (/\b404: Not Found/.test(`${ran.stdout}${ran.stderr}`)) return null
      throw new Error(`wrangler kv key get: ${saidBy(ran)}`)
    },
    async put(key, text, summary) {
      const folder = fs.mkdtempSync(join(tmpdir(), 'skygear-tenant-'))
      try {
        const path = join(folder, 'value.json')
        fs.writeFileSync(path, text, { mode: 0o600 })
        const metadata = summary === null ? [] : ['--metadata', JSON.stringify(summary)]
        await done('put', key, '--path', path, ...metadata)
      } finally {
        fs.rmSync(folder, { recursive: true, force: true })
      }
    },
    async delete(key) {
      await done('delete', key)
    },
    async list(prefix) {
      const listed = v.parse(
        v.pipe(v.string(), v.parseJson(), Listed),
        await done('list', '--prefix', prefix),
      )
      return listed.map(({ name, metadata }) => ({ key: name, summary: metadata ?? null }))
    },
  }
}

/** wrangler's last line that says something; it prints where its log is after the error. */
function saidBy({ code, stdout, stderr }: Ran): string {
  const said = `${stdout}\n${stderr}`.split('\n').find((line) => /error/i.test(line))
  return said?.replace(/^.*?\[?ERROR\]?\]?\s*/i, '').trim() || `ended with ${code}`
}

/** wrangler itself. */
export function wrangler(args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script(), ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        WRANGLER_HIDE_BANNER: 'true',
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_WRITE_LOGS: 'false',
        FORCE_COLOR: '0',
      },
    })
    const chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].on('data', (chunk: Buffer) => chunks[name].push(chunk))
    child.on('error', reject)
    child.on('close', (code) =>
      resolve({
        code,
        stdout: Buffer.concat(chunks.stdout).toString(),
        stderr: Buffer.concat(chunks.stderr).toString(),
      }),
    )
  })
}
