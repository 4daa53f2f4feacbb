import { invalid, type Failure } from '../../core/failure.ts'
import type { JsonObject } from '../../core/json-object.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { documentFailure, pointer } from '../document/fault.ts'
import { MASK } from '../document/mask.ts'
import { parseDocument, type GearSections, type Parsed } from '../document/parse.ts'
import { difference, type Change } from './difference.ts'
import { placeOf, withValue } from './place.ts'

/** A document after an operation, and what the operation did to it. */
export type Edited = {
  readonly document: JsonObject
  /** The same, judged, with its defaults and its warnings. */
  readonly parsed: Parsed
  readonly changes: readonly Change[]
}

/** Values by key path (`app_config.cors.origin`) or JSON pointer; undefined takes the key away. */
export type Edits = readonly (readonly [key: string, value: unknown])[]

/**
 * The document with other values in some places. What comes of it is judged as a whole: it parses, or the edit is
 * refused, so that a document which was broken can be mended but none can be broken.
 */
export function edit(document: unknown, edits: Edits, sections: GearSections): Result<Edited, Failure> {
  let edited: unknown = document
  for (const [key, value] of edits) {
    const place = placeOf(key)
    if (place === null) return err(invalid(`${key} names no key of a document`, 'key'))
    if (maskedPlace(value) !== null) return err(invalid(`${key}: the value is a masked secret`, 'key'))
    const next = withValue(edited, place, value)
    if (!next.ok) return err(invalid(`${key}: ${next.error}`, 'key'))
    edited = next.value
  }
  const parsed = parseDocument(edited, sections)
  if (!parsed.ok) return err(documentFailure(parsed.error))
  return ok({
    document: edited as JsonObject,
    parsed: parsed.value,
    changes: difference(document, edited),
  })
}

/** A suspended app answers nobody; nothing of it is deleted. */
export const suspension = (isSuspended: boolean): Edits => [['suspended', isSuspended || undefined]]

/** What a person typed: JSON where it is JSON, text otherwise. */
export function valueFrom(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Where a value holds what `maskSecrets` made of a secret: stored, it would be the secret. Null: nowhere. */
export function maskedPlace(value: unknown, at = ''): string | null {
  if (typeof value === 'string') return value.includes(MASK) ? at || '/' : null
  if (typeof value !== 'object' || value === null) return null
  for (const [key, each] of Object.entries(value)) {
    const found = maskedPlace(each, at + pointer([key]))
    if (found !== null) return found
  }
  return null
}
