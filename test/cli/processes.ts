import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const ROOT = join(import.meta.dirname, '../..')
const COMPILE_CACHE = join(ROOT, 'node_modules/.cache/compile')

/** What a command did. */
export type Outcome = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** Runs one of cli/*.ts to its end. `DATABASE_URL` is empty unless given. */
export async function run(script: string, args: readonly string[], env: object = {}): Promise<Outcome> {
  const child = start(script, args, env)
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)]
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout: stdout(), stderr: stderr() }
}

export type Dev = {
  readonly child: ChildProcess
  readonly url: string
  readonly port: number
  readonly host: string
  readonly api_key: string
  readonly master_key: string
  readonly operator_url: string
  readonly database_url: string
  readonly mailbox_url: string
  readonly stderr: () => string
  /** Sends a signal, if any, and waits for the end. */
  readonly ended: (signal?: NodeJS.Signals) => Promise<number | null>
}

/** Starts cli/dev.ts and waits for the line that says it is ready. */
export async function startDev(port: number, data: string, ...args: readonly string[]): Promise<Dev> {
  const child = start('dev.ts', ['--port', String(port), '--data', data, '--json', ...args])
  const stderr = textOf(child.stderr)
  const exit = once(child, 'exit')
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([text]) => String(text)),
    exit.then(() => Promise.reject(new Error(`dev ended: ${stderr()}`))),
  ])
  const printed = JSON.parse(line) as Omit<Dev, 'child' | 'port' | 'stderr' | 'ended'>
  const ended = async (signal?: NodeJS.Signals) => {
    if (signal) child.kill(signal)
    const [code] = (await exit) as [number | null]
    return code
  }
  return { ...printed, child, port, stderr, ended }
}

function start(script: string, args: readonly string[], env: object = {}) {
  return spawn(process.execPath, [join(ROOT, 'cli', script), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    // What Node compiled for one command, it has for the next: a quarter of a command's time, wrangler's too.
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE, DATABASE_URL: '', ...env },
  })
}

function textOf(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  return () => text
}

/** An API call to a host that Node may not resolve. */
export function call(port: number, host: string, path: string, key: string, body: object) {
  return new Promise<{ status: number; json: unknown }>((resolve, reject) => {
    const headers = { host: `${host}:${port}`, 'x-skygear-api-key': key }
    const outgoing = request(
      { host: '127.0.0.1', port, path, method: 'POST', headers, agent: false },
      (response) => {
        const text = textOf(response)
        response.on('end', () => resolve({ status: response.statusCode ?? 0, json: JSON.parse(text()) }))
      },
    )
    outgoing.on('error', reject)
    outgoing.end(JSON.stringify(body))
  })
}

export type Process = { readonly pid: number; readonly parent: number; readonly command: string }

/** The processes of this machine but for zombies, which only wait to be asked for their end. */
function processes(): readonly Process[] {
  // Linux images often lack ps; other systems have no /proc.
  if (!fs.existsSync('/proc/self/stat')) {
    const { stdout } = spawnSync('ps', ['-axo', 'pid=,ppid=,stat=,command='], { encoding: 'utf8' })
    const rows = stdout.split('\n').map((line) => /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [])
    return rows
      .filter(([, , , stat = 'Z']) => !stat.startsWith('Z'))
      .map(([, pid, parent, , command = '']) => ({ pid: Number(pid), parent: Number(parent), command }))
  }
  return fs.readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return []
    try {
      const [, state, parent] =
        /^\d+ \(.*\) (\S) (\d+)/s.exec(fs.readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
      const command = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      return state === 'Z' ? [] : [{ pid: Number(pid), parent: Number(parent), command }]
    } catch {
      // It ended in between.
      return []
    }
  })
}

/** A process's children and theirs. */
export function descendants(pid: number): readonly Process[] {
  const all = processes()
  const below = (parent: number): Process[] =>
    all.filter((each) => each.parent === parent).flatMap((each) => [each, ...below(each.pid)])
  return below(pid)
}

/** Those of `known` that still run. */
export const remaining = (known: readonly Process[]): readonly Process[] =>
  processes().filter(({ pid, command }) => known.some((each) => each.pid === pid && each.command === command))
