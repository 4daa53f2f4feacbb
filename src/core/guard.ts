import type { Caller } from './caller.ts'
import type { Check, TableShapes } from './ports.ts'
import { checkIn } from './sql.ts'

/** A module of the schema and the version the code was written for. */
export type ModuleHead = { readonly name: string; readonly version: number }

export type Guard = (schema: string, caller: Caller, tables?: TableShapes) => Check

/** What the guard raises, and the checks of a caller's standing, which no work does. */
export const GUARD_REFUSALS: readonly string[] = ['SG001', 'SG002', 'SG104', 'SG126', 'SG127', 'SG128']

/**
 * The first check of every transaction: the schema is as new as the code (SG001), the caller's session still lives
 * (SG104) and belongs to a user who is not disabled (SG127), and the tables are as the statements were made for
 * (SG002). What it raises undoes the rest, so none costs a round trip of its own.
 */
export function guard(modules: readonly ModuleHead[]): Guard {
  const expected = JSON.stringify(Object.fromEntries(modules.map(({ name, version }) => [name, version])))
  return (schema, { user }, tables) =>
    checkIn(schema, '_core_guard', [
      expected,
      user?.sessionId ?? null,
      user?.id ?? null,
      tables ? [...tables.keys()] : null,
      tables ? [...tables.values()] : null,
    ])
}
