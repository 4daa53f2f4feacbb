import { sql } from 'drizzle-orm'
import type { Caller } from './caller.ts'
import type { Statement } from './ports.ts'
import { inTenant, prepare } from './sql.ts'

/** A module of the schema and the version the code was written for. */
export type ModuleHead = { readonly name: string; readonly version: number }

export type Guard = (schema: string, caller: Caller) => Statement

/**
 * The first statement of every transaction: the schema is as new as the code (SG001), and the caller's session still
 * lives (SG104) and belongs to a user who is not disabled (SG127). What it raises undoes the rest, so neither costs a
 * round trip of its own.
 */
export function guard(modules: readonly ModuleHead[]): Guard {
  const expected = JSON.stringify(Object.fromEntries(modules.map(({ name, version }) => [name, version])))
  const statement = prepare(
    sql`select ${inTenant('_core_guard')}(${expected}, ${sql.placeholder('session')}, ${sql.placeholder('user')})`,
  )
  return (schema, { user }) => statement(schema, { session: user?.sessionId ?? null, user: user?.id ?? null })
}
