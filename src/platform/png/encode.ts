import type { Size } from '../../core/image/image.ts'
import { crc32 } from 'node:zlib'

/* Indices are bounded by the rows' length: `!` costs the inner loops nothing. */

/** Filtered rows that are compressed at once. */
const ROWS = 64

/**
 * A PNG of RGBA pixels: with alpha where there is any, 8 bits a sample, each row filtered as suits it best (third edition,
 * section 12.7: the one with the least sum of differences, of those that cost little).
 */
export async function encodePng(
  { width, height, data }: Size & { readonly data: Uint8ClampedArray },
  hasAlpha: boolean,
): Promise<Uint8Array> {
  const channels = hasAlpha ? 4 : 3
  const { readable, writable } = new CompressionStream('deflate')
  const packed = partsOf(readable)
  const writer = writable.getWriter()
  const rowBytes = width * channels
  let [row, above] = [new Uint8Array(rowBytes), new Uint8Array(rowBytes)]
  for (let y = 0; y < height;) {
    const rows = Math.min(ROWS, height - y)
    const filtered = new Uint8Array(rows * (rowBytes + 1))
    for (let i = 0; i < rows; i++, y++) {
      for (let x = 0, from = y * width * 4, to = 0; x < width; x++, from += 4, to += channels)
        for (let channel = 0; channel < channels; channel++) row[to + channel] = data[from + channel]!
      writeFiltered(row, above, channels, filtered.subarray(i * (rowBytes + 1), (i + 1) * (rowBytes + 1)))
      ;[row, above] = [above, row]
    }
    await writer.write(filtered)
  }
  await writer.close()
  return fileOf({ width, height }, hasAlpha ? 6 : 2, await packed)
}

/** Differences from the pixel before, or from the one above. */
function writeFiltered(row: Uint8Array, above: Uint8Array, step: number, into: Uint8Array): void {
  let [left, up] = [0, 0]
  for (let i = 0; i < row.length; i++) {
    left += distance(row[i]! - (i < step ? 0 : row[i - step]!))
    up += distance(row[i]! - above[i]!)
  }
  into[0] = left < up ? 1 : 2
  for (let i = 0; i < row.length; i++)
    into[i + 1] = row[i]! - (left >= up ? above[i]! : i < step ? 0 : row[i - step]!)
}
/** Of a byte that goes round. */
const distance = (difference: number): number => Math.abs((difference << 24) >> 24)

async function partsOf(stream: ReadableStream<Uint8Array>): Promise<readonly Uint8Array[]> {
  const parts: Uint8Array[] = []
  for await (const part of stream) parts.push(part)
  return parts
}

function fileOf({ width, height }: Size, colorType: number, packed: readonly Uint8Array[]): Uint8Array {
  const head = new Uint8Array(13)
  const view = new DataView(head.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  head.set([8, colorType], 8)
  return Buffer.concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    ...chunk('IHDR', head),
    ...packed.flatMap((part) => chunk('IDAT', part)),
    ...chunk('IEND', new Uint8Array()),
  ])
}

function chunk(type: string, body: Uint8Array): Uint8Array[] {
  const name = Buffer.from(type, 'latin1')
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(body.length)
  sum.writeUInt32BE(crc32(body, crc32(name)))
  return [length, name, body, sum]
}
