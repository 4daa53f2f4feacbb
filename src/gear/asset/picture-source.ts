import { orientationBehind, sniffHeader } from '../../core/image/header.ts'
import type { ImageFile } from '../../core/image/allowance.ts'
import type { Orientation } from '../../core/image/image.ts'
import { IMAGE_HEADER_BYTES_MAX, IMAGE_HEADER_BYTES_MIN } from '../../core/limits.ts'
import type { FileRange, Files, StoredFile } from '../../core/ports.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { pictureFault, type PictureFault } from './picture-fault.ts'

/** Other bytes are there, or none, than when the file was looked up. */
export class Replaced extends Error {}

/** By how much more is read where a header is not whole yet: few reads, and few bytes for nothing. */
const GROWTH = 4

/** What a picture's first bytes say of it, and some behind its pixels where they say that. @throws Replaced */
export async function headerOf(files: Files, file: StoredFile): Promise<Result<ImageFile, PictureFault>> {
  if (file.size === 0) return err(NO_PICTURE)
  let length = IMAGE_HEADER_BYTES_MIN
  for (;;) {
    const sniffed = sniffHeader(await read(files, file, { offset: 0, length }))
    if (sniffed.kind === 'header') {
      const orientation =
        sniffed.behind === undefined
          ? sniffed.header.orientation
          : await orientationAt(files, file, sniffed.behind)
      return ok({ header: { ...sniffed.header, orientation }, bytes: file.size })
    }
    if (sniffed.kind === 'unsupported') return err(UNSUPPORTED)
    const isAll = length >= file.size || length >= IMAGE_HEADER_BYTES_MAX
    if (sniffed.kind === 'unknown' || isAll) return err(NO_PICTURE)
    length = Math.min(length * GROWTH, IMAGE_HEADER_BYTES_MAX)
  }
}

async function orientationAt(files: Files, file: StoredFile, offset: number): Promise<Orientation> {
  if (offset >= file.size) return 1
  return orientationBehind(await read(files, file, { offset, length: IMAGE_HEADER_BYTES_MIN }))
}

const NO_PICTURE = pictureFault('damaged', 'the file is not the picture that its type announces')
export const UNSUPPORTED = pictureFault('damaged', 'the picture is of a kind that cannot be read here')

/** All of a picture, which has been found small enough. @throws Replaced */
export const wholeOf = (files: Files, file: StoredFile): Promise<Uint8Array> => read(files, file)

async function read(files: Files, { key, etag }: StoredFile, range: FileRange | null = null) {
  const found = await files.get(key, { range })
  if (found?.kind !== 'bytes') throw new Replaced()
  if (found.file.etag === etag) return found.bytes()
  await found.body.cancel()
  throw new Replaced()
}
