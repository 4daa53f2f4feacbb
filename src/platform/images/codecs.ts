/**
 * The one memory in which all codecs of jSquash's work, each in its turn. A memory of WASM never shrinks, and V8 neither
 * counts it nor takes a dropped one back before it collects everything for other reasons: with a memory for each codec
 * some hundred pictures of all kinds left 400 MiB in the process, with an instance for each picture fifteen left 760.
 * So it is as large as the most demanding of them has needed, and no larger (`local/codecs.ts` has them take it).
 */
let memory: WebAssembly.Memory | null = null
/** Of the instance that the memory is now of: it is written anew for another one. */
let generation = 0

/** Pages of 64 KiB: what the codecs' own memories began with, and might have grown to. */
const PAGES_MIN = 256
const PAGES_MAX = 32_768

/** Lends an instance of a codec, made where there is none, for one piece of work. Where that throws it is not used again. */
export function codec<T>(load: () => Promise<() => Promise<T>>): <R>(work: (instance: T) => R) => Promise<R> {
  let kept: T | null = null
  let keptOf = 0
  return async (work) => {
    const make = await load()
    while (kept === null || keptOf !== generation) {
      const mine = ++generation
      wipe()
      const made = await make()
      // Another picture has gone on meanwhile if this one was given up for lost.
      if (mine === generation) [kept, keptOf] = [made, mine]
    }
    const instance = kept
    kept = null
    const done = work(instance)
    kept = instance
    return done
  }
}

/** How emscripten's JavaScript gets an instance of a module that is compiled already. */
export const instantiating = (module: WebAssembly.Module) => ({
  noInitialRun: true,
  instantiateWasm(imports: WebAssembly.Imports, onInstance: (instance: WebAssembly.Instance) => void) {
    const instance = new WebAssembly.Instance(module, { ...imports, codecs: { memory: memoryOfAll() } })
    onInstance(instance)
    return instance.exports
  },
})

/** Bytes that are held between two pictures. */
export const codecsBytes = (): number => memory?.buffer.byteLength ?? 0

const memoryOfAll = (): WebAssembly.Memory =>
  (memory ??= new WebAssembly.Memory({ initial: PAGES_MIN, maximum: PAGES_MAX }))

/** A page of the operating system, which gives none for what has only been read. */
const PAGE_WORDS = 1024
/** A new instance expects zeros. */
function wipe(): void {
  const words = new Uint32Array(memoryOfAll().buffer)
  for (let start = 0; start < words.length; start += PAGE_WORDS) {
    const end = start + PAGE_WORDS
    for (let i = start; i < end; i++)
      if (words[i] !== 0) {
        words.fill(0, i, end)
        break
      }
  }
}
