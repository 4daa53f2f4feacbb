import { createHash } from 'node:crypto'
import { DurableObject } from 'cloudflare:workers'
import {
  KNOWN_PLACES_MAX,
  KNOWN_PLACE_SECONDS,
  LIMITER_SECONDS_MAX,
  OVERLOADED_WAIT_SECONDS,
} from '../core/limits.ts'
import type { Limiter } from '../core/ports.ts'
import { putBack, take, type Rate } from '../core/rate.ts'

/** Of one key. `known`: from where an attempt was none, by digest, with the time of the latest; oldest first. */
type State = { readonly usedUntil: number; readonly known: readonly (readonly [place: string, at: number])[] }
const FRESH: State = { usedUntil: 0, known: [] }
const STATE = 'state'
const KNOWN_MS = KNOWN_PLACE_SECONDS * 1000
/** A place is noted anew once a day: what changes is written, and a write is paid for. */
const NOTED_MS = 24 * 60 * 60 * 1000

/** Counts the attempts of one key. Its state is one row, and gone when nothing in it counts any more. */
export class AttemptLimiter extends DurableObject {
  #state = this.ctx.storage.kv.get<State>(STATE) ?? FRESH

  /** Milliseconds to wait; 0: it is taken. Somebody from a known place neither waits nor counts. */
  async take(rate: Rate, place: string | null): Promise<number> {
    const now = Date.now()
    if (this.#isKnown(place, now)) return 0
    const taken = take(rate, this.#state.usedUntil, now)
    if ('waitMs' in taken) return taken.waitMs
    await this.#keep({ ...this.#state, usedUntil: taken.usedUntil })
    return 0
  }

  async putBack(rate: Rate): Promise<void> {
    if (this.#state.usedUntil <= Date.now()) return
    await this.#keep({ ...this.#state, usedUntil: putBack(rate, this.#state.usedUntil) })
  }

  /** The attempt was none, and the place is known from now on. */
  async know(rate: Rate, place: string): Promise<void> {
    const now = Date.now()
    const notedAt = this.#state.known.find(([known]) => known === place)?.[1]
    if (notedAt !== undefined && now - notedAt < NOTED_MS) return
    const others = this.#state.known.filter(([known, at]) => known !== place && now - at < KNOWN_MS)
    const counted = notedAt === undefined || now - notedAt >= KNOWN_MS
    await this.#keep({
      usedUntil: counted ? putBack(rate, this.#state.usedUntil) : this.#state.usedUntil,
      known: [...others, [place, now] as const].slice(-KNOWN_PLACES_MAX),
    })
  }

  override async alarm(): Promise<void> {
    const end = endOf(this.#state)
    if (end > Date.now()) return this.ctx.storage.setAlarm(end)
    this.#state = FRESH
    await this.ctx.storage.deleteAll()
  }

  #isKnown(place: string | null, now: number): boolean {
    return this.#state.known.some(([known, at]) => known === place && now - at < KNOWN_MS)
  }

  async #keep(state: State): Promise<void> {
    const isFirst = this.#state === FRESH
    this.#state = state
    this.ctx.storage.kv.put(STATE, state)
    // One alarm at a time: it looks itself whether it is needed again.
    if (isFirst) await this.ctx.storage.setAlarm(endOf(state))
  }
}

/** When nothing of it counts any more. */
const endOf = ({ usedUntil, known }: State): number =>
  Math.max(usedUntil, ...known.map(([, at]) => at + KNOWN_MS))

/**
 * One Durable Object a key: exact wherever its attempts come from, and no key waits for another's. Fails open, with a
 * line for the operator: passwords stand behind it, and an app that nobody can enter is what an attacker may want. One
 * key's object under more attempts than it can count is not down, though: those wait.
 */
export function durableLimiter(
  namespace: DurableObjectNamespace<AttemptLimiter>,
  warn: (message: string) => void,
): Limiter {
  const objectOf = (key: string) => namespace.get(namespace.idFromName(digest(key)))
  // Digests of a key's own: what is kept says neither who nor where.
  const placeOf = (key: string, place: string) => digest(`${key} ${place}`)
  const failing = (cause: unknown): number => {
    if (isOverloaded(cause)) return OVERLOADED_WAIT_SECONDS
    warn(`the limiter does not answer: ${String(cause)}`)
    return 0
  }
  return {
    async take({ key, rate, place }) {
      try {
        const asked = objectOf(key).take(rate, place === null ? null : placeOf(key, place))
        return Math.ceil((await Promise.race([asked, tooLate()])) / 1000)
      } catch (cause) {
        return failing(cause)
      }
    },
    async putBack({ key, rate }) {
      await objectOf(key).putBack(rate).catch(failing)
    },
    async know({ key, rate, place }) {
      const object = objectOf(key)
      await (place === null ? object.putBack(rate) : object.know(rate, placeOf(key, place))).catch(failing)
    },
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')

/** What the runtime says of an object that more ask than it can answer. */
const isOverloaded = (cause: unknown): boolean =>
  cause instanceof Error && 'overloaded' in cause && cause.overloaded === true

const tooLate = (): Promise<never> =>
  new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`no answer in ${LIMITER_SECONDS_MAX} s`)), LIMITER_SECONDS_MAX * 1000)
  })
