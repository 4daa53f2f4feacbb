import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { place } from '../../local/postgres/place.ts'

/** The checkout this command is part of. */
export const ROOT = resolve(import.meta.dirname, '../..')
/** 256 bits: the key opens every tenant's document. */
const OPERATOR_KEY_BYTES = 32

/** `<data>/dev.json`: how the other commands find a running dev. Without `pid` none runs; the key is kept. */
const State = v.object({
  pid: v.optional(v.number()),
  url: v.optional(v.string()),
  port: v.optional(v.number()),
  operatorKey: v.string(),
  databaseUrl: v.optional(v.string()),
  /** `127.0.0.1:PORT`; null where the Worker reaches Neon itself. */
  neonEndpoint: v.optional(v.nullable(v.string())),
})
type State = v.InferOutput<typeof State>
/** A dev that runs. What it has not started yet is absent. */
export type RunningDev = State & { readonly pid: number }

/** The data directory a person named, or the checkout's own. */
export const dataDir = (given: string | undefined): string => resolve(given ?? join(ROOT, '.data'))

/** The dev that runs on a data directory, if one does. */
export function runningDev(data: string): RunningDev | null {
  const state = read(data)
  return state?.pid !== undefined && isDev(state.pid) ? { ...state, pid: state.pid } : null
}

/**
 * Makes this process the dev of a data directory; `reset` empties it first.
 * @returns the operator key, made on first use
 * @throws Error where another dev runs on it
 */
export function claim(data: string, reset: boolean): string {
  const other = runningDev(data)
  if (other) {
    const where = other.url === undefined ? '' : ` at ${other.url}`
    throw new Error(`npm run dev already runs on ${data}${where} (pid ${other.pid}): stop it, or give --data`)
  }
  if (reset) empty(data)
  const operatorKey = read(data)?.operatorKey ?? randomBytes(OPERATOR_KEY_BYTES).toString('base64url')
  makeData(data)
  writeState(data, { pid: process.pid, operatorKey })
  return operatorKey
}

/**
 * Makes the directory with the one that wrangler keeps its state in, which it returns. Others may enter, not list:
 * run by root, Postgres is another user. All that is secret is 0600 or 0700.
 */
export function makeData(data: string): string {
  const wrangler = join(data, 'wrangler')
  fs.mkdirSync(data, { recursive: true, mode: 0o711 })
  fs.mkdirSync(wrangler, { recursive: true, mode: 0o700 })
  return wrangler
}

/** Replaces the file in one step, so that nobody reads half of it. */
export function writeState(data: string, state: State): void {
  writePrivate(join(data, 'dev.json'), `${JSON.stringify(state, null, 2)}\n`)
}

/** Written under another name first; only its owner may read it. */
export function writePrivate(path: string, text: string): void {
  const partial = `${path}.${process.pid}`
  fs.writeFileSync(partial, text, { mode: 0o600 })
  fs.renameSync(partial, path)
}

function read(data: string): State | null {
  const path = join(data, 'dev.json')
  if (!fs.existsSync(path)) return null
  const state = v.safeParse(v.pipe(v.string(), v.parseJson(), State), fs.readFileSync(path, 'utf8'))
  return state.success ? state.output : null
}

/** Only what dev makes: the directory may be one that holds other things. */
function empty(data: string): void {
  if (!fs.existsSync(data)) return
  // Where root cannot keep Postgres in the checkout, it is elsewhere.
  const postgres = place(join(data, 'postgres')).dataDir
  const made = ['dev.json', 'demo.json', 'worker.env', 'wrangler'].map((name) => join(data, name))
  for (const path of [...made, postgres, `${postgres}.log`, `${postgres}.password`, `${postgres}.new`])
    fs.rmSync(path, { recursive: true, force: true })
}

/** Whether a process is a dev, not one that got the number of a dev that was killed. */
function isDev(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ESRCH') return false
  }
  if (pid === process.pid) return false
  const proc = `/proc/${pid}/cmdline`
  // Linux images often lack ps; other systems have no /proc. A zombie's command line is empty.
  if (fs.existsSync('/proc/self/cmdline'))
    return fs.existsSync(proc) && isDevCommand(fs.readFileSync(proc, 'utf8'))
  const { stdout } = spawnSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' })
  return !stdout || isDevCommand(stdout)
}

const isDevCommand = (command: string): boolean => /\bdev\.ts\b/.test(command)
