import { invalid, type Failure } from '../failure.ts'
import { RECORD_FIELDS_MAX } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { isRecordName } from './name.ts'
import { decodeValue, type FieldValue } from './value.ts'

/** The fields of a record to save, by name. Null-prototype: a field may be called `constructor`. */
export type Fields = Readonly<Record<string, FieldValue>>

/** Columns that every table has already (PostgreSQL manual, section 5.6). */
const SYSTEM_COLUMNS: ReadonlySet<string> = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'])

/** Why a column cannot have this name; null: it can. Reserved names are the caller's to tell. */
export const fieldNameFault = (name: string): string | null =>
  SYSTEM_COLUMNS.has(name)
    ? 'is one that Postgres keeps for itself'
    : isRecordName(name)
      ? null
      : 'is at most 63 bytes of valid text'

/** Every member of `wire` whose name does not start with `_` (those are reserved and dropped, as is the empty name). */
export function decodeFields(wire: Readonly<Record<string, unknown>>): Result<Fields, Failure> {
  const fields = Object.create(null) as Record<string, FieldValue>
  for (const [name, given] of Object.entries(wire)) {
    if (name === '' || name.startsWith('_')) continue
    const fault = fieldNameFault(name)
    if (fault) return err(invalid(`a field’s name ${fault}`, name.slice(0, 64)))
    const decoded = decodeValue(given)
    if (!decoded.ok) return err(invalid(`${name} ${decoded.error}`, name))
    fields[name] = decoded.value
  }
  if (Object.keys(fields).length > RECORD_FIELDS_MAX)
    return err(invalid(`a record has at most ${RECORD_FIELDS_MAX} fields`))
  return ok(fields)
}
