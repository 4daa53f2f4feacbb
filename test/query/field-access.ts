import { sql } from 'drizzle-orm'
import type { FieldAccess, FieldMode, Grant } from '../../src/core/record/field-access.ts'

/** What a reader may do with a field, by name; with one that is not named, everything. */
export type Rules = Readonly<Record<string, 'never' | 'by row' | FieldMode>>

/** Field access as a test states it: `by row` asks the row's column `_ok`, and a mode allows that mode only. */
export const allowing = (rules: Rules = {}): FieldAccess => ({
  shape: JSON.stringify(rules),
  values: {},
  grant(row, _, field, mode): Grant {
    const rule = rules[field]
    if (rule === undefined || rule === mode) return 'always'
    return rule === 'by row' ? sql`${row}."_ok"` : 'never'
  },
})
