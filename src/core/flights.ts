/**
 * Work that several requests of an isolate need at once, done by the first of them. The others wait on promises of their
 * own: workerd goes on with a request in the context of whoever made the promise that it awaits, and one that awaits
 * another's finds its own body out of reach, now and then and under load ("Cannot perform I/O on behalf of a different
 * request": 146 of 14,000 reads at 64 connections, where apps were kept for a second).
 */
export class Flights<T> {
  readonly #followers = new Map<string, Set<(landed: Landed<T>) => void>>()
  readonly #secondsMax: number

  /** `secondsMax`: so long a request waits for another's work before it does its own. */
  constructor(secondsMax: number) {
    this.#secondsMax = secondsMax
  }

  /** How many are under way. */
  get size(): number {
    return this.#followers.size
  }

  /**
   * What `work` answers, done here or by another request that is at the same key. Work that throws, or whose request is
   * gone, is nobody's answer: the next one does it again. `keepAlive` (`waitUntil`) lets it end where its request does not.
   */
  async join(
    key: string,
    work: () => Promise<T>,
    keepAlive: (work: Promise<unknown>) => void = () => undefined,
  ): Promise<T> {
    for (;;) {
      const followers = this.#followers.get(key)
      if (!followers) {
        const led = this.#lead(key, work)
        keepAlive(led.catch(() => undefined))
        return led
      }
      const landed = await this.#follow(followers)
      if (landed) return landed.value
      if (this.#followers.get(key) === followers) this.#followers.delete(key)
    }
  }

  async #lead(key: string, work: () => Promise<T>): Promise<T> {
    const followers = new Set<(landed: Landed<T>) => void>()
    this.#followers.set(key, followers)
    let landed: Landed<T> = null
    try {
      const value = await work()
      landed = { value }
      return value
    } finally {
      if (this.#followers.get(key) === followers) this.#followers.delete(key)
      for (const tell of followers) tell(landed)
    }
  }

  async #follow(followers: Set<(landed: Landed<T>) => void>): Promise<Landed<T>> {
    let timer: ReturnType<typeof setTimeout> | undefined
    let tell: ((landed: Landed<T>) => void) | undefined
    const landed = await new Promise<Landed<T>>((resolve) => {
      tell = resolve
      followers.add(resolve)
      timer = setTimeout(() => resolve(null), this.#secondsMax * 1000)
    })
    clearTimeout(timer)
    if (tell) followers.delete(tell)
    return landed
  }
}

/** Null: it came to nothing. */
type Landed<T> = { readonly value: T } | null
