import type { Size } from '../../core/image/image.ts'
import { type PngHead, readChunks } from './chunks.ts'
import { inflated } from './inflate.ts'
import { rowReader } from './rgba.ts'
import { unfilter } from './unfilter.ts'

/** Rows of RGBA, from the top; the bytes are used again for the next ones. */
type RowSink = (rgba: Uint8ClampedArray, rows: number) => void

/**
 * Decodes a PNG (third edition) row by row as it is inflated: what is held is a row, of an interlaced picture all. False
 * where the file is broken, ends early or has another size than announced.
 */
export async function decodePng(file: Uint8Array, announced: Size, sink: RowSink): Promise<boolean> {
  const head = readChunks(file)
  if (!head || head.width !== announced.width || head.height !== announced.height) return false
  const { width, height } = head
  const rows = new Rows(head)
  const read = rowReader(head)
  const source = inflated(head.parts)
  try {
    if (head.isInterlaced) {
      const all = new Uint8ClampedArray(width * height * 4)
      for (const pass of PASSES) {
        const [across, down] = [
          Math.ceil((width - pass.x) / pass.apartX),
          Math.ceil((height - pass.y) / pass.apartY),
        ]
        if (across <= 0) continue
        rows.begin(across)
        for (let y = 0; y < down; y++)
          read(
            await rows.next(source),
            across,
            all,
            ((pass.y + y * pass.apartY) * width + pass.x) * 4,
            pass.apartX,
          )
      }
      sink(all, height)
    } else {
      const rgba = new Uint8ClampedArray(width * 4)
      rows.begin(width)
      for (let y = 0; y < height; y++) {
        // A row that is there already is not waited for.
        read(rows.ready() ?? (await rows.next(source)), width, rgba, 0, 1)
        sink(rgba, 1)
      }
    }
    return true
  } catch (fault) {
    if (fault instanceof Broken) return false
    throw fault
  } finally {
    await source.return(undefined)
  }
}

/** Ends the decoding from within. */
class Broken extends Error {}

/** Adam7: where each pass begins, and how far its pixels are apart. */
const PASSES = [
  { x: 0, y: 0, apartX: 8, apartY: 8 },
  { x: 4, y: 0, apartX: 8, apartY: 8 },
  { x: 0, y: 4, apartX: 4, apartY: 8 },
  { x: 2, y: 0, apartX: 4, apartY: 4 },
  { x: 0, y: 2, apartX: 2, apartY: 4 },
  { x: 1, y: 0, apartX: 2, apartY: 2 },
  { x: 0, y: 1, apartX: 1, apartY: 2 },
] as const

/** Cuts what is inflated into rows and takes their filters off. */
class Rows {
  readonly #bitsPerPixel: number
  /** The filter, then the row; and those of the row before. */
  #line = new Uint8Array()
  #above = new Uint8Array()
  #filled = 0
  #chunk: Uint8Array = new Uint8Array()
  #at = 0

  constructor({ depth, channels }: PngHead) {
    this.#bitsPerPixel = depth * channels
  }

  /** Rows of so many pixels, the first with nothing above. */
  begin(width: number): void {
    const bytes = 1 + Math.ceil((width * this.#bitsPerPixel) / 8)
    this.#line = new Uint8Array(bytes)
    this.#above = new Uint8Array(bytes)
  }

  /** The next row, where all of it is inflated. */
  ready(): Uint8Array | null {
    const line = this.#line
    const bytes = Math.min(line.length - this.#filled, this.#chunk.length - this.#at)
    line.set(this.#chunk.subarray(this.#at, this.#at + bytes), this.#filled)
    this.#at += bytes
    this.#filled += bytes
    if (this.#filled < line.length) return null
    const row = line.subarray(1)
    const step = Math.max(1, this.#bitsPerPixel >> 3)
    if (!unfilter(line[0] ?? 0, row, this.#above.subarray(1), step)) throw new Broken('no such filter')
    this.#line = this.#above
    this.#above = line
    this.#filled = 0
    return row
  }

  async next(source: AsyncIterator<Uint8Array, unknown>): Promise<Uint8Array> {
    for (;;) {
      const row = this.ready()
      if (row) return row
      const more = await source.next().catch(() => null)
      if (!more || more.done) throw new Broken('the pixels end early')
      // All that is inflated goes through here: what is read is given back at once.
      const { buffer } = this.#chunk
      if (buffer instanceof ArrayBuffer) buffer.transfer(0)
      this.#chunk = more.value
      this.#at = 0
    }
  }
}
