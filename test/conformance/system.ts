import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'

/** An app as its developer knows it. */
export type App = { readonly url: string; readonly api_key: string; readonly master_key: string }

/** What the suite needs: two apps in development mode, one in production, all of one system. */
export type System = {
  readonly demo: App
  /** What the demo app's own server signs custom tokens with. */
  readonly custom_token_secret: string
  readonly other: App
  readonly production: App
  /** Further addresses of the demo app. */
  readonly aliases: readonly string[]
  /** Where what the demo app sends can be read, as JSON. */
  readonly mailbox: string
  /** An address of the system at which there is no app. */
  readonly nowhere: string
}

declare module 'vitest' {
  interface ProvidedContext {
    system: System
  }
}

/** From nothing to the ready line: Postgres is made, migrated and wrangler builds the Worker. */
const START_SECONDS_MAX = 120
const STOP_SECONDS_MAX = 20
const CUSTOM_TOKEN_SECRET = 'a secret of the app and its own server'

const root = resolve(import.meta.dirname, '../..')

/** Starts the system as its user would, or takes the one that `CONFORMANCE_SYSTEM` describes (see README). */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['CONFORMANCE_SYSTEM']
  if (given) {
    project.provide('system', JSON.parse(await readFile(given, 'utf8')) as System)
    return async () => {}
  }
  const data = await mkdtemp(join(tmpdir(), 'conformance-'))
  // Where root runs this, Postgres runs as another user, who must be able to pass.
  await chmod(data, 0o711)
  const port = await freePort()
  const dev = spawn(process.execPath, ['cli/dev.ts', '--port', String(port), '--data', data, '--json'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const teardown = async () => {
    await stop(dev)
    await rm(data, { recursive: true, force: true })
  }
  try {
    const ready = await readyLine(dev)
    const other = await createTenant(data, 'conformance-other')
    const production = await createTenant(data, 'conformance-production', '--production')
    await setTenant(data, 'demo', 'gear_config.auth.custom_token_secret', CUSTOM_TOKEN_SECRET)
    const at = (host: string) => `http://${host}:${port}`
    project.provide('system', {
      demo: { url: at(ready.host), api_key: ready.api_key, master_key: ready.master_key },
      custom_token_secret: CUSTOM_TOKEN_SECRET,
      other,
      production,
      aliases: [at('localhost'), at('127.0.0.1')],
      mailbox: `${ready.mailbox_url}/mails.json`,
      nowhere: at('nobody.localhost'),
    })
    return teardown
  } catch (error) {
    await teardown()
    throw error
  }
}

type Ready = App & { readonly host: string; readonly mailbox_url: string }

/** The one line that dev prints on stdout; its log (stderr) is kept for the case that none comes. */
function readyLine(dev: ChildProcess): Promise<Ready> {
  const log: string[] = []
  dev.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log.push(text)
    if (log.length > 200) log.shift()
  })
  return new Promise((done, failed) => {
    const giveUp = (why: string) => {
      clearTimeout(timer)
      failed(new Error(`${why}\n${log.join('')}`))
    }
    const timer = setTimeout(
      () => giveUp(`dev was not ready in ${START_SECONDS_MAX} s`),
      START_SECONDS_MAX * 1000,
    )
    dev.once('error', (error) => giveUp(error.message))
    dev.once('exit', (code) => giveUp(`dev ended with ${code}`))
    if (!dev.stdout) return giveUp('dev has no stdout')
    createInterface({ input: dev.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return
      clearTimeout(timer)
      done(JSON.parse(line) as Ready)
    })
  })
}

async function createTenant(data: string, name: string, ...flags: string[]): Promise<App> {
  const args = ['cli/tenant.ts', 'create', name, '--json', '--data', data, ...flags]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root })
  return JSON.parse(stdout) as App
}

async function setTenant(data: string, name: string, key: string, value: string): Promise<void> {
  const args = ['cli/tenant.ts', 'set', name, key, value, '--data', data]
  await promisify(execFile)(process.execPath, args, { cwd: root })
}

async function stop(dev: ChildProcess): Promise<void> {
  if (dev.exitCode !== null || dev.signalCode !== null) return
  const ended = new Promise((done) => dev.once('exit', done))
  dev.kill('SIGTERM')
  const timer = setTimeout(() => dev.kill('SIGKILL'), STOP_SECONDS_MAX * 1000)
  await ended
  clearTimeout(timer)
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer()
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? done(address.port) : failed(new Error('no port')),
      )
    })
  })
}
