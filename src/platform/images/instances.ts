/**
 * What instances of WASM may hold together between two pictures. A memory of WASM never shrinks, and V8 is in no hurry to
 * take back one that is dropped: with a new instance for each picture, fifteen PNGs of 4 megapixels left 470 MiB behind.
 * So an instance is used again, and those that were not used for the longest time are dropped beyond this.
 */
const KEPT_BYTES_MAX = 80 * 1024 * 1024

type Holder = { readonly bytes: () => number; readonly drop: () => void }
/** The last used last. */
const holders = new Set<Holder>()

/** Lends an instance, made where there is none, for one piece of work. Where that throws it is not used again. */
export function keptInstance<T>(
  make: () => Promise<T>,
  bytesOf: (instance: T) => number,
): <R>(work: (instance: T) => R) => Promise<R> {
  let kept: T | null = null
  const holder: Holder = {
    bytes: () => (kept === null ? 0 : bytesOf(kept)),
    drop() {
      kept = null
    },
  }
  return async (work) => {
    const instance = kept ?? (await make())
    kept = null
    const done = work(instance)
    kept = instance
    holders.delete(holder)
    holders.add(holder)
    dropBeyond(holder)
    return done
  }
}

function dropBeyond(used: Holder): void {
  let total = [...holders].reduce((sum, { bytes }) => sum + bytes(), 0)
  for (const each of holders) {
    if (total <= KEPT_BYTES_MAX || each === used) return
    total -= each.bytes()
    each.drop()
  }
}

/** How emscripten's JavaScript gets an instance of a module that is compiled already. */
export const instantiating = (module: WebAssembly.Module) => ({
  noInitialRun: true,
  instantiateWasm(imports: WebAssembly.Imports, onInstance: (instance: WebAssembly.Instance) => void) {
    const instance = new WebAssembly.Instance(module, imports)
    onInstance(instance)
    return instance.exports
  },
})
