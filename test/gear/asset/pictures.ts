import type { ImagePlan } from '../../../src/core/image/image.ts'
import type { Images } from '../../../src/core/ports.ts'
import { ok } from '../../../src/core/result.ts'

const bytesOf = async (stream: ReadableStream): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await new Response(stream).arrayBuffer())

/** CRC-32 (PNG specification, annex D). */
function crc32(bytes: Uint8Array): number {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = new Uint8Array([...new TextEncoder().encode(type), ...data])
  const made = new Uint8Array(body.length + 8)
  const view = new DataView(made.buffer)
  view.setUint32(0, data.length)
  made.set(body, 4)
  view.setUint32(made.length - 4, crc32(body))
  return made
}

export type Rgba = readonly [number, number, number, number]

/** A PNG, of one color where nothing else is said. */
export async function png(
  width: number,
  height: number,
  at: (x: number, y: number) => Rgba = () => [200, 100, 50, 255],
): Promise<Uint8Array<ArrayBuffer>> {
  const rows = new Uint8Array((width * 4 + 1) * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) rows.set(at(x, y), y * (width * 4 + 1) + 1 + x * 4)
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header.set([8, 6, 0, 0, 0], 8)
  const packed = await bytesOf(new Blob([rows]).stream().pipeThrough(new CompressionStream('deflate')))
  const parts = [chunk('IHDR', header), chunk('IDAT', packed), chunk('IEND', new Uint8Array())]
  return new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, ...parts.flatMap((p) => [...p])])
}

/** A PNG's claim of a size that is not its own; the rest of it is left as it is. */
export function claiming(picture: Uint8Array<ArrayBuffer>, width: number, height: number) {
  const lying = picture.slice()
  const view = new DataView(lying.buffer)
  view.setUint32(16, width)
  view.setUint32(20, height)
  view.setUint32(29, crc32(lying.subarray(12, 29)))
  return lying
}

/** Width and height that a PNG says it has. */
export function pngSize(picture: Uint8Array): readonly [number, number] {
  const view = new DataView(picture.buffer, picture.byteOffset)
  return [view.getUint32(16), view.getUint32(20)]
}

/** Makes a text of what it is asked for, when it is let; counts. */
export function countedImages() {
  const jobs: { readonly plan: ImagePlan; readonly loaded: number[] }[] = []
  let gate: Promise<void> = Promise.resolve()
  const images: Images = {
    async render(plan, load) {
      const job = { plan, loaded: [] as number[] }
      jobs.push(job)
      await gate
      const { picture, marks } = await load()
      job.loaded.push(picture.length, ...marks.map(({ length }) => length))
      return ok(new TextEncoder().encode(JSON.stringify([jobs.length, plan.steps, plan.output])))
    },
  }
  return {
    images,
    jobs,
    /** Nothing is made until what this returns is called. */
    hold(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>()
      gate = promise
      return resolve
    },
  }
}
