import { filesOf } from '../../core/asset/name.ts'
import { FILE_KEY_BYTES_MAX } from '../../core/limits.ts'
import type { Digests, StoredFile } from '../../core/ports.ts'
import { utf8Bytes } from '../../core/record/name.ts'

/** What one pipeline makes of a picture. `key`: where it is kept. */
export type Variant = { readonly key: string; /** Quoted, as in HTTP. */ readonly etag: string }

/** Raised where the same pipeline makes other bytes than before: everything is made anew then. */
const REVISION = 1
/** Ends a name in a key. */
const END = '!!'
/** Hexadecimal digits that tell an original's variants apart, of SHA-256's 64. */
const DIGEST_DIGITS = 32
/** MD5's 32 digits, and the number of parts where there were some. */
const ETAG_CHARS_MAX = 48

/** Where an app's variants are: no file's key begins with a slash, and no app's folder is inside another's. */
export const variantsOfApp = (appId: string): string => `/${filesOf(appId)}`

/** Where the variants of an asset are; null: its name is so long that the store has no keys for them. */
export function variantsOf(appId: string, name: string): string | null {
  const start = `${variantsOfApp(appId)}${ordered(name)}${END}`
  return utf8Bytes(start) + ETAG_CHARS_MAX + 1 + DIGEST_DIGITS > FILE_KEY_BYTES_MAX ? null : start
}

/** Behind it are the variants of all names that are behind this one. */
export const behindVariantsOf = (appId: string, name: string): string =>
  `${variantsOfApp(appId)}${ordered(name)}!"`

/**
 * So that variants come in the order of the assets' names, and a sweep can walk through both side by side: up to `!`, which
 * begins what ends a name, characters are written as `!` and one that is behind it.
 */
const ordered = (name: string): string =>
  name.replaceAll(/[^"-\u{10ffff}]/gu, (c) => `!${String.fromCharCode(c.charCodeAt(0) + SHIFT)}`)
const unordered = (text: string): string =>
  text.replaceAll(/!(.)/g, (_, c: string) => String.fromCharCode(c.charCodeAt(0) - SHIFT))
const SHIFT = 0x30

/**
 * `start`: see `variantsOf`. `made`: all that the bytes depend on besides those of the original and the marks, as one
 * text.
 */
export function variantOf(
  { hash }: Digests,
  start: string,
  original: StoredFile,
  made: string,
  marks: readonly StoredFile[],
): Variant {
  const etags = [original, ...marks].map(({ etag }) => etag)
  const digest = hash(JSON.stringify([REVISION, made, ...etags])).slice(0, DIGEST_DIGITS)
  return { key: `${start}${original.etag.replaceAll('"', '')}-${digest}`, etag: `"${digest}"` }
}

/** Of whose bytes the variant under this key was made; null: it is no variant's. */
export function originalIn(
  appId: string,
  key: string,
): { readonly name: string; readonly etag: string } | null {
  const rest = key.slice(variantsOfApp(appId).length)
  const [, name, etag] = /^(.+)!!(.+)-[0-9a-f]+$/s.exec(rest) ?? []
  return name === undefined || etag === undefined ? null : { name: unordered(name), etag: `"${etag}"` }
}
