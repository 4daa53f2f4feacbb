import type { Size } from '../../core/image/image.ts'
import { type PngHead, readChunks } from './chunks.ts'
import { Broken, Inflater } from './inflate.ts'
import { rowReader } from './rgba.ts'
import { unfilter } from './unfilter.ts'

/** Rows of RGBA, from the top; the bytes are used again for the next ones. */
type RowSink = (rgba: Uint8ClampedArray, rows: number) => void

/**
 * Decodes a PNG (third edition) row by row as it is inflated: what is held is a row, of an interlaced picture all. False
 * where the file is broken, ends early or has another size than announced.
 */
export function decodePng(file: Uint8Array, announced: Size, sink: RowSink): boolean {
  const head = readChunks(file)
  if (!head || head.width !== announced.width || head.height !== announced.height) return false
  const { width, height } = head
  const read = rowReader(head)
  try {
    const rows = new Rows(head)
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
          read(rows.next(), across, all, ((pass.y + y * pass.apartY) * width + pass.x) * 4, pass.apartX)
      }
      sink(all, height)
    } else {
      const rgba = new Uint8ClampedArray(width * 4)
      rows.begin(width)
      for (let y = 0; y < height; y++) {
        read(rows.next(), width, rgba, 0, 1)
        sink(rgba, 1)
      }
    }
    rows.end()
    return true
  } catch (fault) {
    if (fault instanceof Broken) return false
    throw fault
  }
}

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
  readonly #source: Inflater
  /** The filter, then the row; and those of the row before. */
  #line = new Uint8Array()
  #above = new Uint8Array()
  #chunk: Uint8Array = new Uint8Array()
  #at = 0

  constructor({ depth, channels, parts }: PngHead) {
    this.#bitsPerPixel = depth * channels
    this.#source = new Inflater(parts)
  }

  /** Rows of so many pixels, the first with nothing above. */
  begin(width: number): void {
    const bytes = 1 + Math.ceil((width * this.#bitsPerPixel) / 8)
    this.#line = new Uint8Array(bytes)
    this.#above = new Uint8Array(bytes)
  }

  /** The next row, good until the one after it is asked for. */
  next(): Uint8Array {
    const line = this.#line
    for (let filled = 0; filled < line.length;) {
      if (this.#at === this.#chunk.length) this.#more()
      const bytes = Math.min(line.length - filled, this.#chunk.length - this.#at)
      line.set(this.#chunk.subarray(this.#at, this.#at + bytes), filled)
      this.#at += bytes
      filled += bytes
    }
    const row = line.subarray(1)
    const step = Math.max(1, this.#bitsPerPixel >> 3)
    if (!unfilter(line[0] ?? 0, row, this.#above.subarray(1), step)) throw new Broken('no such filter')
    this.#line = this.#above
    this.#above = line
    return row
  }

  /** Has the checksum looked at, which is behind the rows; what else may be there is left. */
  end(): void {
    if (this.#at === this.#chunk.length) this.#source.next()
  }

  #more(): void {
    const chunk = this.#source.next()
    if (!chunk) throw new Broken('the pixels end early')
    this.#chunk = chunk
    this.#at = 0
  }
}
