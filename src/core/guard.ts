import { sql } from 'drizzle-orm'
import type { Caller } from './caller.ts'
import type { Statement } from './ports.ts'
import { inTenant, prepare, type Prepared } from './sql.ts'

/** A module of the schema and the version the code was written for. */
export type ModuleHead = { readonly name: string; readonly version: number }

export type Guard = (schema: string, caller: Caller) => Statement

/**
 * The first statement of every transaction: the schema is as new as the code (SG001), and the caller's session still
 * lives (SG104) and belongs to a user who is not disabled (SG127). What it raises undoes the rest, so neither costs a
 * round trip of its own.
 */
export function guard(modules: readonly ModuleHead[]): Guard {
  const versions = modules.map(({ name }) => sql`(select version from ${inTenant(`_${name}_version`)})`)
  const expected = `{${modules.map(({ version }) => version).join(',')}}`
  const requireVersions = sql`${inTenant('_core_require_versions')}(
    array[${sql.join(versions, sql`, `)}]::bigint[], ${sql.raw(`'${expected}'`)}::bigint[])`
  const withoutSession = prepare(sql`select ${requireVersions}`)
  const withSession: Prepared = prepare(sql`select ${requireVersions},
    ${inTenant('_core_admit')}(${sql.placeholder('session')}, ${sql.placeholder('user')})`)
  return (schema, { user }) =>
    user === null || user.sessionId === null
      ? withoutSession(schema)
      : withSession(schema, { session: user.sessionId, user: user.id })
}
