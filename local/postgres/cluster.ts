import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { User } from './place.ts'

/** How long a Postgres that is shutting down may keep the directory. */
const HANDOVER_MS_MAX = 3_000
const POLL_MS = 50

/**
 * Makes the cluster under another name and renames it, so that an interrupted initdb leaves nothing that looks
 * like one. The password is random: a superuser of Postgres can run programs as the user it runs as. UTF-8 with
 * the built-in C.UTF-8 rules sorts by code point, and alike on every machine.
 */
export function initialise(bin: string, dataDir: string, passwordFile: string, user: User): void {
  if (fs.existsSync(dataDir) && fs.readdirSync(dataDir).length > 0) {
    throw new Error('it holds something else; choose another directory or empty this one')
  }
  const partial = `${dataDir}.new`
  fs.rmSync(partial, { recursive: true, force: true })
  fs.mkdirSync(partial, { mode: 0o700 })
  fs.writeFileSync(passwordFile, `${randomBytes(18).toString('hex')}\n`, { mode: 0o600 })
  for (const path of [partial, passwordFile]) {
    if (user.uid !== undefined && user.gid !== undefined) fs.chownSync(path, user.uid, user.gid)
  }
  const flags = [
    '--username=postgres',
    '--auth=password',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
  ]
  const rules = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-sync']
  const { status, error, stderr } = spawnSync(
    join(bin, 'initdb'),
    [`--pgdata=${partial}`, `--pwfile=${passwordFile}`, ...flags, ...rules],
    { ...user, cwd: '/', encoding: 'utf8', env: environment() },
  )
  if (status !== 0) throw error ?? new Error(`initdb failed: ${lastLine(stderr)}`)
  fs.rmSync(dataDir, { recursive: true, force: true })
  fs.renameSync(partial, dataDir)
}

/**
 * Clears the way when an earlier Postgres was killed: Postgres removes a stale postmaster.pid itself, except
 * when its number now belongs to another program, which happens in containers. One that is alive gets a moment,
 * since it may be shutting down.
 * @throws Error when another Postgres keeps the directory
 */
export async function takeOver(dataDir: string): Promise<void> {
  const lock = join(dataDir, 'postmaster.pid')
  const deadline = Date.now() + HANDOVER_MS_MAX
  while (fs.existsSync(lock)) {
    const pid = Number.parseInt(fs.readFileSync(lock, 'utf8'), 10)
    if (!mayBePostgres(pid)) return fs.rmSync(lock, { force: true })
    if (Date.now() > deadline)
      throw new Error(`another Postgres (pid ${pid}) uses it; stop that: kill ${pid}`)
    await sleep(POLL_MS)
  }
}

/**
 * False only when it is certain: two servers on one directory destroy it. A killed process whose parent never
 * asked for its end (state Z, common in containers) is certain too.
 */
function mayBePostgres(pid: number): boolean {
  if (Number.isNaN(pid)) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  // Linux images often lack ps; other systems have no /proc.
  const stat = fs.existsSync(`/proc/${pid}/stat`)
    ? fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^\d+ \((.*)\) (\S).*$/s, '$2 $1')
    : spawnSync('ps', ['-p', String(pid), '-o', 'stat=,comm='], { encoding: 'utf8' }).stdout
  if (!stat) return true
  return !stat.startsWith('Z') && stat.includes('postgres')
}

/** No PG… variable of the caller's, and messages in English whatever the machine speaks. */
export function environment(): NodeJS.ProcessEnv {
  const variables: NodeJS.ProcessEnv = { ...process.env, LC_ALL: 'C' }
  for (const name of Object.keys(variables)) if (name.startsWith('PG')) variables[name] = undefined
  return variables
}

/** The last line that names an error, or simply the last. */
export function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return (lines.findLast((line) => /fatal|error/i.test(line)) ?? lines.at(-1) ?? 'it said nothing').trim()
}
