import { describe, expect, it } from 'vitest'
import type { Files, StoredFile } from '../../../src/core/ports.ts'
import { headerOf, Replaced, wholeOf } from '../../../src/gear/asset/picture-source.ts'
import * as made from '../../support/image-headers.ts'
import { bytes } from './assets.ts'
import { png } from './pictures.ts'

const unreachable = (): never => {
  throw new Error('not here')
}

/** A store of one file, which notes how much of it is asked for. */
function storeOf(body: Uint8Array, etag = '"e1"') {
  const asked: (number | null)[] = []
  const file: StoredFile = {
    key: 'notes/a',
    size: body.length,
    etag,
    storedAt: new Date(0),
    headers: {},
    metadata: {},
  }
  const files: Files = {
    async get(_, { range } = {}) {
      const length = range && 'length' in range ? (range.length ?? null) : null
      asked.push(length)
      const offset = range && 'offset' in range ? (range.offset ?? 0) : 0
      const part = body.subarray(offset, length === null ? body.length : offset + length)
      return {
        kind: 'bytes',
        file,
        body: new Blob([part.slice()]).stream(),
        bytes: async () => part,
        range: { offset, length: part.length },
      }
    },
    put: unreachable,
    head: unreachable,
    delete: unreachable,
    list: unreachable,
  }
  return { files, file, asked }
}

describe('the header of a picture', () => {
  it('is read of its first 64 KiB', async () => {
    const { files, file, asked } = storeOf(new Uint8Array([...(await png(40, 30)), ...bytes(200_000)]))
    const found = await headerOf(files, file)
    expect(found).toMatchObject({ ok: true, value: { header: { width: 40, height: 30 }, bytes: file.size } })
    expect(asked).toEqual([65_536])
  })

  it('is looked for further where profiles come first, in few steps, and not for ever', async () => {
    const near = storeOf(made.jpeg({ width: 40, height: 30, before: made.profile(130_000) }))
    expect(await headerOf(near.files, near.file)).toMatchObject({
      ok: true,
      value: { header: { width: 40 } },
    })
    expect(near.asked).toEqual([65_536, 262_144])
    const never = storeOf(made.jpeg({ width: 40, height: 30, before: made.profile(5_000_000) }))
    expect(await headerOf(never.files, never.file)).toMatchObject({ ok: false, error: { kind: 'damaged' } })
    expect(never.asked).toEqual([65_536, 262_144, 1_048_576, 2_097_152])
  })

  it.each([
    ['all of it', made.webpChunk('EXIF', made.exif(6)), 6],
    [
      'behind other chunks',
      [...made.webpChunk('XMP ', [...bytes(999)]), ...made.webpChunk('EXIF', made.exif(8))],
      8,
    ],
    ['longer than what is read', made.webpChunk('EXIF', [...made.exif(3), ...bytes(100_000)]), 3],
    ['announced, and not there', [], 1],
  ] as const)('of a WebP is read on behind the pixels, where EXIF is: %s', async (_, behind, orientation) => {
    const pixels = made.webpChunk('VP8 ', [...made.lossy(40, 30).slice(8), ...bytes(200_001)])
    const { files, file, asked } = storeOf(made.webp(made.extended(40, 30, made.EXIF), pixels, [...behind]))
    expect(await headerOf(files, file)).toMatchObject({ ok: true, value: { header: { orientation } } })
    expect(asked).toEqual(behind.length > 0 ? [65_536, 65_536] : [65_536])
  })

  it('of a WebP that says nothing of EXIF ends with the first bytes', async () => {
    const pixels = made.webpChunk('VP8 ', [...made.lossy(40, 30).slice(8), ...bytes(200_001)])
    const { files, file, asked } = storeOf(made.webp(made.extended(40, 30), pixels))
    expect((await headerOf(files, file)).ok).toBe(true)
    expect(asked).toEqual([65_536])
  })

  it('is of the very bytes that were looked up, or of none', async () => {
    const { files, file } = storeOf(await png(40, 30), '"e2"')
    await expect(headerOf(files, { ...file, etag: '"e1"' })).rejects.toThrow(Replaced)
    await expect(wholeOf(files, { ...file, etag: '"e1"' })).rejects.toThrow(Replaced)
    await expect(wholeOf({ ...files, get: async () => null }, file)).rejects.toThrow(Replaced)
  })
})
