import { spawn, type ChildProcess } from 'node:child_process'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { ROOT, writePrivate } from './state.ts'

/** How long wrangler may take to stop before it is killed. */
const STOP_MS_MAX = 5_000
const POLL_MS = 50
const READY_MS_MAX = 60_000

export type WranglerOptions = {
  readonly data: string
  readonly port: number
  /** The Worker's variables and secrets. */
  readonly variables: Readonly<Record<string, string>>
  /** Takes each line of the Worker's log. */
  readonly log: (line: string) => void
  /** Whether the Worker answers. */
  readonly probe: () => Promise<unknown>
}

export type Wrangler = {
  /** Resolves once the Worker answers. @throws Error where it ends, or does not answer in a minute */
  readonly ready: Promise<void>
  /** Resolves when it has ended, with the last error it named. */
  readonly ended: Promise<string>
  readonly stop: () => Promise<void>
}

/**
 * Starts `wrangler dev` in a process group of its own: Ctrl-C reaches only us, and whatever it started goes with it.
 * The variables go by way of a file, since a command line is for all to see; naming one also keeps wrangler from
 * reading the checkout's `.env` or `.dev.vars`.
 */
export function startWrangler({ data, port, variables, log, probe }: WranglerOptions): Wrangler {
  const envFile = join(data, 'worker.env')
  writePrivate(
    envFile,
    Object.entries(variables)
      .map(([name, value]) => `${name}=${quoted(value)}\n`)
      .join(''),
  )
  const child = spawn(process.execPath, [script(), ...args(port, data, envFile)], {
    cwd: ROOT,
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(data),
  })
  watch(child)

  let lastError = 'it said nothing'
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (coloured) => {
      const line = stripVTControlCharacters(coloured)
      if (isNoise(line)) return
      if (/error/i.test(line)) lastError = line.trim()
      log(line)
    })
  const ended = new Promise<string>((resolve) => {
    child.once('error', (cause) => resolve(cause.message))
    // What it started holds its pipes: 'close' comes only when that is gone too.
    child.once('exit', () => kill(child))
    child.once('close', () => resolve(lastError))
  })
  return {
    ready: ready(child, ended, probe),
    ended,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM')
        const force = setTimeout(() => kill(child), STOP_MS_MAX)
        await ended
        clearTimeout(force)
      }
    },
  }
}

async function ready(
  child: ChildProcess,
  ended: Promise<string>,
  probe: () => Promise<unknown>,
): Promise<void> {
  let output: string | undefined
  void ended.then((text) => (output = text))
  for (const deadline = Date.now() + READY_MS_MAX; Date.now() < deadline; await sleep(POLL_MS)) {
    if (output !== undefined) throw new Error(`wrangler dev has ended: ${output}`)
    try {
      return void (await probe())
    } catch (cause) {
      // It listens but answers wrongly: that will not get better.
      if (!(cause instanceof Error && 'code' in cause)) throw cause
    }
  }
  throw new Error(`wrangler dev (pid ${child.pid}) did not answer within ${READY_MS_MAX / 1000} s`)
}

function args(port: number, data: string, envFile: string): string[] {
  const options = {
    config: join(ROOT, 'wrangler.toml'),
    port: String(port),
    ip: '127.0.0.1',
    'inspector-port': '0',
    'persist-to': join(data, 'wrangler'),
    'env-file': envFile,
    'show-interactive-dev-session': 'false',
    // The Worker's console.log is of this level; wrangler's own lines are left out by `isNoise`.
    'log-level': 'log',
  }
  return ['dev', ...Object.entries(options).map(([name, value]) => `--${name}=${value}`)]
}

function environment(data: string) {
  return {
    ...process.env,
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    // The banner is also what looks for updates.
    WRANGLER_HIDE_BANNER: 'true',
    WRANGLER_WRITE_LOGS: 'false',
    // Several devs on one machine must not find each other's Worker under the same name.
    WRANGLER_REGISTRY_PATH: join(data, 'wrangler', 'registry'),
    CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: 'true',
    CLOUDFLARE_INCLUDE_PROCESS_ENV: 'false',
    CLOUDFLARE_ENV: '',
    FORCE_COLOR: '0',
  }
}

/** wrangler's own script: killing what npm's wrapper starts would leave workerd behind. */
export function script(): string {
  try {
    const require = createRequire(import.meta.url)
    return join(dirname(require.resolve('wrangler/package.json')), 'bin', 'wrangler.js')
  } catch {
    throw new Error('The package wrangler is missing: run npm install.')
  }
}

/**
 * Stops wrangler's group when this process ends by whatever means, SIGKILL included: a shell waits for the end of a
 * pipe that only we hold.
 */
function watch(child: ChildProcess): void {
  if (child.pid === undefined || process.platform === 'win32') return
  const stdio = ['pipe', 'ignore', 'ignore'] as const
  const shell = spawn(
    'sh',
    ['-c', 'read -r line; kill -TERM "-$1"; sleep 5; kill -KILL "-$1"', 'sh', String(child.pid)],
    {
      cwd: '/',
      stdio: [...stdio],
      detached: true,
    },
  )
  shell.on('error', () => {})
  shell.unref()
  ;(shell.stdin as Socket).unref()
  // The number may belong to another process later.
  child.once('exit', () => shell.kill('SIGKILL'))
}

function kill(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Nobody of the group is left.
  }
}

/** What wrangler says at each start and reload, and its own line for each request beside the Worker's. */
const isNoise = (line: string): boolean =>
  /^\s*$|^\[wrangler:info\]|^⎔|^Using secrets|^Your Worker has access|^Binding |^env\./.test(line) ||
  /`Request\.cf` object|getaddrinfo|GetAddrInfoReqWrap/.test(line)

/** For dotenv: single quotes keep all but themselves, and what follows a dollar sign is expanded all the same. */
function quoted(value: string): string {
  if (/['\n\r]/.test(value)) throw new Error('a variable of the Worker cannot hold a quote or a line break')
  return `'${value.replaceAll('$', '\\$')}'`
}
