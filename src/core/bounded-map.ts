/**
 * A map that forgets its oldest entries beyond what all may weigh: what an isolate may remember is bounded. `weigh` must
 * answer the same of an entry each time; without it every entry weighs 1, so that the bound is their number. An entry
 * that is too heavy alone is not kept, and neither is what was there before it.
 */
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #weightMax: number
  readonly #weigh: (key: K, value: V) => number
  #weight = 0

  constructor(weightMax: number, weigh: (key: K, value: V) => number = () => 1) {
    this.#weightMax = weightMax
    this.#weigh = weigh
  }

  get(key: K): V | undefined {
    return this.#entries.get(key)
  }

  set(key: K, value: V): void {
    this.delete(key)
    this.#entries.set(key, value)
    this.#weight += this.#weigh(key, value)
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#weightMax) return
      this.delete(oldest)
    }
  }

  delete(key: K): void {
    const value = this.#entries.get(key)
    if (value === undefined) return
    this.#entries.delete(key)
    this.#weight -= this.#weigh(key, value)
  }
}
