import type { AssetAccess } from '../../core/asset/url.ts'
import type { FileToPut, StoredFile } from '../../core/ports.ts'

/** How this server knows the objects that it stored, from those that an operator copied into its store. */
const MADE_BY = { madeby: 'skygear' } as const
export const isOurs = ({ metadata }: StoredFile): boolean => metadata['madeby'] === MADE_BY.madeby

/** Its bytes are never replaced, not even with the master key: what is made of them may be kept anywhere for good. */
export const isWrittenOnce = ({ metadata }: StoredFile): boolean => metadata['once'] === 'true'
export const writtenOnce = (file: FileToPut): FileToPut => ({
  ...file,
  metadata: { ...file.metadata, once: 'true' },
})

/** Missing or unknown is private (v2 reference, section 4.2). */
export const accessOf = ({ metadata }: Pick<StoredFile, 'metadata'>): AssetAccess =>
  metadata['access'] === 'public' ? 'public' : 'private'

/** Headers of an asset that are kept as metadata, without their hyphens, as v2 kept them. */
export const CROSS_ORIGIN_HEADERS = [
  'access-control-allow-origin',
  'access-control-expose-headers',
  'access-control-max-age',
  'access-control-allow-credentials',
  'access-control-allow-methods',
  'access-control-allow-headers',
] as const
const bare = (header: string): string => header.replaceAll('-', '')

export const crossOriginHeaders = ({ metadata }: StoredFile): Readonly<Record<string, string>> =>
  Object.fromEntries(
    CROSS_ORIGIN_HEADERS.flatMap((header) => {
      const value = metadata[bare(header)]
      return value === undefined ? [] : [[header, value]]
    }),
  )

/** Base64, of all the bytes; undefined where the upload said none. */
export const md5Of = ({ metadata }: StoredFile): string | undefined => metadata['contentmd5']

/** What goes beside the bytes of an asset. `headers`: those of its upload, by lower-case name. */
export function fileToPut(
  contentType: string,
  access: AssetAccess,
  headers: Readonly<Record<string, string>> = {},
): FileToPut {
  const of = (name: string) => headers[name]
  const kept = CROSS_ORIGIN_HEADERS.flatMap((name) => {
    const value = of(name)
    return value === undefined ? [] : [[bare(name), value]]
  })
  const [disposition, encoding, cache, md5] = [
    'content-disposition',
    'content-encoding',
    'cache-control',
    'content-md5',
  ].map(of)
  return {
    headers: {
      contentType,
      ...(disposition !== undefined && { contentDisposition: disposition }),
      ...(encoding !== undefined && { contentEncoding: encoding }),
      ...(cache !== undefined && { cacheControl: cache }),
    },
    metadata: {
      ...MADE_BY,
      access,
      ...(md5 !== undefined && { contentmd5: md5 }),
      ...Object.fromEntries(kept),
    },
    ...(md5 !== undefined && { md5 }),
  }
}
