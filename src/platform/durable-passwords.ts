import { DurableObject } from 'cloudflare:workers'
import { type Failure } from '../core/failure.ts'
import { PASSWORD_HASHERS_MAX } from '../core/limits.ts'
import type { Passwords } from '../core/ports.ts'
import { err, type Result } from '../core/result.ts'
import { BUSY, isOutdated, scryptPasswords } from './scrypt-passwords.ts'

/** One queue for all the objects that share an isolate: the thread is what they wait for. */
const passwords = scryptPasswords()

/** Hashes where no request is served. Keeps nothing, so an object that nobody calls is gone. */
export class PasswordHasher extends DurableObject {
  hash(password: string): Promise<Result<string, Failure>> {
    return passwords.hash(password)
  }

  verify(password: string, hash: string | null): Promise<Result<boolean, Failure>> {
    return passwords.verify(password, hash)
  }
}

/**
 * Hashes in Durable Objects: each hash holds its thread for 0.1 s, which must not be the thread of an isolate that
 * answers requests. Every isolate has a few hashers to itself, so that they are made near it and grow in number with
 * the isolates; the first idle one is taken, so that few are kept awake.
 */
export function durablePasswords(namespace: DurableObjectNamespace<PasswordHasher>): Passwords {
  const hashers = Array.from({ length: PASSWORD_HASHERS_MAX }, () => ({
    id: namespace.newUniqueId(),
    calls: 0,
  }))
  const byHasher = async <T>(
    call: (hasher: DurableObjectStub<PasswordHasher>) => Promise<Result<T, Failure>>,
  ): Promise<Result<T, Failure>> => {
    const hasher = hashers.reduce((idlest, each) => (each.calls < idlest.calls ? each : idlest))
    hasher.calls++
    try {
      // A stub that failed once stays broken: a new one each time.
      return await call(namespace.get(hasher.id))
    } catch {
      return err(BUSY)
    } finally {
      hasher.calls--
    }
  }
  return {
    hash: (password) => byHasher((hasher) => hasher.hash(password)),
    verify: (password, hash) => byHasher((hasher) => hasher.verify(password, hash)),
    isOutdated,
  }
}
