import { IDENTIFIER_BYTES_MAX, RECORD_KEY_BYTES_MAX } from '../limits.ts'

const encoder = new TextEncoder()
export const utf8Bytes = (text: string): number => encoder.encode(text).length

/** Postgres stores neither NUL nor half a surrogate pair. */
export const isStorable = (text: string): boolean => !text.includes('\u0000') && text.isWellFormed()

/** A record type or a field: a table's or column's name, case-sensitive. `_` begins the reserved ones. */
export const isRecordName = (name: string): boolean =>
  name !== '' && !name.startsWith('_') && isStorable(name) && utf8Bytes(name) <= IDENTIFIER_BYTES_MAX

/** `type/key`; the key is everything after the first slash (v1 protocol, section 5.1). */
export type RecordId = { readonly type: string; readonly key: string }

export function parseRecordId(id: unknown): RecordId | null {
  if (typeof id !== 'string') return null
  const slash = id.indexOf('/')
  const type = id.slice(0, slash)
  const key = id.slice(slash + 1)
  const keyFits = key !== '' && isStorable(key) && utf8Bytes(key) <= RECORD_KEY_BYTES_MAX
  return slash > 0 && isRecordName(type) && keyFits ? { type, key } : null
}

export const formatRecordId = ({ type, key }: RecordId): string => `${type}/${key}`
