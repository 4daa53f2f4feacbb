import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { fail, type Failure } from '../core/failure.ts'
import { PASSWORD_MEMORY_BYTES_MAX, PASSWORD_QUEUE_MAX, PASSWORD_WAIT_SECONDS_MAX } from '../core/limits.ts'
import type { Passwords } from '../core/ports.ts'
import { err, ok, type Result } from '../core/result.ts'
import { bcrypt, bcryptBase64 } from './bcrypt.ts'

/**
 * OWASP's scrypt setting that fits an isolate: 16 MiB a hash (N·r·128 bytes), about 100 ms. workerd refuses N·r·p
 * above 2^20; this is 2^14 · 8 · 5.
 */
const COST = { log2N: 14, r: 8, p: 5 } as const
const SALT_BYTES = 16
const KEY_BYTES = 32

/** What is said where too many wait. */
export const BUSY: Failure = {
  ...fail('UnexpectedError', 'too many logins at once'),
  status: 503,
  retryAfterSeconds: 2,
}

/**
 * scrypt hashes in PHC form; bcrypt hashes are verified too. workerd computes them on the thread that asks, so one runs
 * at a time, with a pause between two: timers that are due together would follow each other without a look at what has
 * arrived. Where too many hashes wait, the rest is told to come back.
 */
export function scryptPasswords(): Passwords {
  // By start: a request that goes away while it waits never says so, and its place must come free.
  const waiting = new Map<symbol, number>()
  let runningSince = -Infinity
  let made = 0
  const isGone = (since: number): boolean => Date.now() - since > PASSWORD_WAIT_SECONDS_MAX * 1000
  const inTurn = async <T>(work: () => Promise<T>): Promise<Result<T, Failure>> => {
    for (const [place, since] of waiting) if (isGone(since)) waiting.delete(place)
    if (waiting.size >= PASSWORD_QUEUE_MAX) return err(BUSY)
    const place = Symbol('a place in the queue')
    waiting.set(place, Date.now())
    try {
      let seen: number
      do {
        seen = made
        await pause(waiting.size > 1 ? PAUSE_MS : 0)
      } while (seen !== made || !isGone(runningSince))
      runningSince = Date.now()
      return ok(await work())
    } finally {
      waiting.delete(place)
      runningSince = -Infinity
      made++
    }
  }
  return {
    hash: (password) => inTurn(() => hashPassword(password)),
    verify: (password, hash) => inTurn(() => verifyPassword(password, hash ?? NOBODY)),
    isOutdated,
  }
}

/** Between two hashes: some database calls' time, a tenth of a hash's. */
const PAUSE_MS = 10
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** What every hash of today begins with. */
const PREFIX = `$scrypt$ln=${COST.log2N},r=${COST.r},p=${COST.p}$`

export const isOutdated = (hash: string): boolean => !hash.startsWith(PREFIX)

async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const key = await timed(() => derive(password, salt, COST))
  return `${PREFIX}${base64(salt)}$${base64(key)}`
}

/** A hash that no password has, at the cost of a real one. */
const NOBODY = `${PREFIX}${base64(Buffer.alloc(SALT_BYTES))}$${base64(Buffer.alloc(KEY_BYTES))}`

const PHC = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

/**
 * An old hash takes what one of the latest hashes of today took, any of them: who has one must not be told by its
 * speed, on a busy machine neither.
 */
async function verifyPassword(password: string, hash: string): Promise<boolean> {
  if (!isOutdated(hash)) return timed(() => verifyScrypt(password, hash))
  const usual = pause(lately[Math.floor(Math.random() * lately.length)] ?? 0)
  const old = verifyBcrypt(password, hash) ?? verifyScrypt(password, hash)
  const [isSame] = await Promise.all([old, usual])
  return isSame
}

/** What hashes of today's cost took lately here, in milliseconds. */
const lately: number[] = [100]
const LATELY_MAX = 16

async function timed<T>(work: () => Promise<T>): Promise<T> {
  const started = Date.now()
  const done = await work()
  // The clock stands still while a hash is made; it moves at the next event.
  setTimeout(() => {
    lately.push(Date.now() - started)
    if (lately.length > LATELY_MAX) lately.shift()
  }, 0)
  return done
}

/**
 * Of a Skygear v1 database, and with a prefix of its own of a v2 one. Their cost is 10: 95 ms in JavaScript. 12 takes
 * four times as long; more is nobody's.
 */
const BCRYPT = /^(\$bcrypt-sha512\$)?\$2[aby]\$(0[4-9]|1[0-2])\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/

/**
 * v1 hashed the password as it was typed, its first 72 bytes; v2 its whole SHA-512 (v2 reference, section 2.7). Null:
 * it is no such hash.
 */
function verifyBcrypt(password: string, hash: string): boolean | null {
  const [, digested, cost, salt, expected] = BCRYPT.exec(hash) ?? []
  if (!cost || !salt || !expected) return null
  const typed = Buffer.from(password)
  const actual = bcrypt(
    digested ? createHash('sha512').update(typed).digest() : typed,
    bcryptBase64(salt),
    Number(cost),
  )
  return timingSafeEqual(actual, bcryptBase64(expected))
}

async function verifyScrypt(password: string, hash: string): Promise<boolean> {
  const [, log2N, r, p, salt, key] = PHC.exec(hash) ?? []
  if (!salt || !key || !isFeasible(Number(log2N), Number(r), Number(p))) return false
  const expected = Buffer.from(key, 'base64')
  const actual = await derive(password, Buffer.from(salt, 'base64'), {
    log2N: Number(log2N),
    r: Number(r),
    p: Number(p),
  })
  return expected.length === actual.length && timingSafeEqual(actual, expected)
}

/** What workerd computes: N·r·p up to 2^20, in memory that an isolate can spare. Another hash is nobody's here. */
const isFeasible = (log2N: number, r: number, p: number): boolean =>
  log2N > 0 &&
  r > 0 &&
  p > 0 &&
  log2N <= 20 &&
  2 ** log2N * r * p <= 2 ** 20 &&
  128 * 2 ** log2N * r <= PASSWORD_MEMORY_BYTES_MAX

/** NFKC, so that one password typed on two keyboards is one password (RFC 8265, section 4.2, in spirit). */
function derive(
  password: string,
  salt: Buffer,
  cost: { log2N: number; r: number; p: number },
): Promise<Buffer> {
  const options = { N: 2 ** cost.log2N, r: cost.r, p: cost.p, maxmem: 2 * PASSWORD_MEMORY_BYTES_MAX }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}

/** PHC's base64 has no padding. */
function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
