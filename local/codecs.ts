/**
 * node local/codecs.ts
 *
 * Writes the codecs in WASM as the Worker imports them, `#codecs/…`: those of jSquash, but with a memory that they are
 * given. As they come each brings one of its own, and an isolate would hold all of them for as long as it lives (see
 * src/platform/images/codecs.ts). Run by `npm ci` and `npm run types`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'

const FOLDER = join(import.meta.dirname, '../.wrangler/codecs')
const CODECS = [
  '@jsquash/avif/codec/enc/avif_enc.wasm',
  '@jsquash/webp/codec/enc/webp_enc_simd.wasm',
  '@jsquash/webp/codec/dec/webp_dec.wasm',
]
/** Magic number and version. */
const HEAD_BYTES = 8
const { resolve } = createRequire(import.meta.url)
mkdirSync(FOLDER, { recursive: true })
for (const codec of CODECS)
  writeFileSync(join(FOLDER, basename(codec)), withGivenMemory(readFileSync(resolve(codec))))

type Section = { readonly id: number; readonly body: Buffer }

/** Of a module's memory an import, `codecs.memory`, with the same limits (WebAssembly 2.0, section 5.5). */
function withGivenMemory(module: Buffer): Buffer {
  const [IMPORTS, MEMORIES] = [2, 5]
  const sections = sectionsOf(module)
  const [imports, memories] = [IMPORTS, MEMORIES].map((id) => sections.find((each) => each.id === id)?.body)
  if (!imports || memories?.[0] !== 1) throw new Error('no module of one memory')
  const MEMORY = 0x02
  const given = Buffer.concat([nameOf('codecs'), nameOf('memory'), Buffer.of(MEMORY), memories.subarray(1)])
  const [count, at] = numberAt(imports, 0)
  const more = Buffer.concat([bytesOf(count + 1), imports.subarray(at), given])
  return Buffer.concat([
    module.subarray(0, HEAD_BYTES),
    ...sections
      .filter(({ id }) => id !== MEMORIES)
      .map((each) => (each.id === IMPORTS ? { id: IMPORTS, body: more } : each))
      .flatMap(({ id, body }) => [Buffer.of(id), bytesOf(body.length), body]),
  ])
}

function sectionsOf(module: Buffer): readonly Section[] {
  const sections: Section[] = []
  for (let at = HEAD_BYTES; at < module.length;) {
    const [length, start] = numberAt(module, at + 1)
    sections.push({ id: module.readUInt8(at), body: module.subarray(start, start + length) })
    at = start + length
  }
  return sections
}

/** An unsigned LEB128 number, and where it ends. */
function numberAt(bytes: Buffer, start: number): readonly [value: number, end: number] {
  let value = 0
  for (let at = start, shift = 0; ; at++, shift += 7) {
    const byte = bytes.readUInt8(at)
    value += (byte & 127) * 2 ** shift
    if (byte < 128) return [value, at + 1]
  }
}

function bytesOf(value: number): Buffer {
  return value < 128
    ? Buffer.of(value)
    : Buffer.concat([Buffer.of((value & 127) | 128), bytesOf(value >>> 7)])
}

function nameOf(name: string): Buffer {
  return Buffer.concat([bytesOf(name.length), Buffer.from(name)])
}
