/** What runs together and is stopped together, the last started first. */
export type Lifetime = {
  /** Starts something. If it is to stop while it still starts, it is stopped as soon as it has started. */
  readonly begin: <T>(start: Promise<T>, stop: (started: T) => unknown) => Promise<T>
  /** May be called again; all calls wait for the same end. */
  readonly end: () => Promise<void>
}

export function lifetime(): Lifetime {
  const stops: (() => unknown)[] = []
  let ending: Promise<void> | undefined
  return {
    begin(start, stop) {
      // What failed to start has nothing to stop; whoever started it is told why.
      stops.push(() => start.then(stop, () => undefined))
      return start
    },
    end() {
      ending ??= (async () => {
        // One that cannot be stopped must not keep the others running.
        for (let stop = stops.pop(); stop; stop = stops.pop())
          await Promise.resolve(stop()).catch(() => undefined)
      })()
      return ending
    },
  }
}
