import type { Pixels } from './pixels.ts'

/** What is used of photon's exports, with their places in its memory as numbers (wasm-bindgen's conventions). */
type Exports = {
  readonly memory: WebAssembly.Memory
  readonly __wbindgen_start: () => void
  readonly __wbindgen_malloc: (length: number, alignment: number) => number
  readonly __wbindgen_free: (at: number, length: number, alignment: number) => void
  readonly __wbg_photonimage_free: (image: number, borrowed: number) => void
  readonly photonimage_new_from_byteslice: (at: number, length: number) => number
  readonly photonimage_get_width: (image: number) => number
  readonly photonimage_get_height: (image: number) => number
  readonly photonimage_get_raw_pixels: (image: number) => readonly [at: number, length: number]
}

/**
 * photon, called without its own JavaScript: that makes one instance only, whereas one that has trapped is not to be used
 * again, and it would be 150 KB of the bundle. What goes wrong is a trap, thrown as it is. Its memory is its own, and stays.
 */
let kept: Exports | null = null
async function borrowed(work: (photon: Exports) => void): Promise<void> {
  const { default: module } = await import('@cf-wasm/photon/photon.wasm')
  const photon = kept ?? photonOf(module)
  kept = null
  work(photon)
  kept = photon
}

/** An animated WebP or a GIF, of which the first picture. The pixels are photon's memory: they are gone when `use` is done. */
export const decodeByPhoton = (file: Uint8Array, use: (pixels: Pixels) => void): Promise<void> =>
  borrowed((photon) => {
    const image = photon.photonimage_new_from_byteslice(given(photon, file), file.length)
    const width = photon.photonimage_get_width(image) >>> 0
    const height = photon.photonimage_get_height(image) >>> 0
    const [at, length] = photon.photonimage_get_raw_pixels(image)
    photon.__wbg_photonimage_free(image, 0)
    use({ width, height, data: new Uint8ClampedArray(photon.memory.buffer, at >>> 0, length >>> 0) })
    photon.__wbindgen_free(at, length, 1)
  })

/** Bytes in photon's memory, which whoever takes them frees. */
function given({ memory, __wbindgen_malloc }: Exports, bytes: Uint8Array): number {
  const at = __wbindgen_malloc(bytes.length, 1) >>> 0
  new Uint8Array(memory.buffer).set(bytes, at)
  return at
}

function photonOf(module: WebAssembly.Module): Exports {
  const exports = new WebAssembly.Instance(module, importsOf(module)).exports as unknown as Exports
  exports.__wbindgen_start()
  return exports
}

/** Nothing of it is wanted but where it starts: all others are of a browser, or tell of a panic. */
function importsOf(module: WebAssembly.Module): WebAssembly.Imports {
  const imports: Record<string, Record<string, () => void>> = {}
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    const functions = (imports[from] ??= {})
    functions[name] = () => {
      if (name !== '__wbindgen_init_externref_table') throw new Error(`photon: ${name}`)
    }
  }
  return imports
}
