import { sql } from 'drizzle-orm'
import { err, ok, type Result } from '../core/result.ts'
import type { Module } from '../migrate/module.ts'
import { migrate, type Session } from '../migrate/run.ts'
import { apply } from './apply.ts'
import { insideTransaction, schemaSession } from './database.ts'
import type { Found, FoundRole, FoundType, FoundUsers } from './found.ts'
import { inspect } from './inspect.ts'
import { changesOf, odditiesOf } from './judge.ts'
import { V1_VERSION } from './skygear-v1.ts'

/** What adoption found, and does. */
export type Adoption = {
  readonly schema: string
  readonly version: string
  /** Whether `changes` were made, not only foreseen. */
  readonly applied: boolean
  readonly record_types: readonly FoundType[]
  readonly users: FoundUsers
  readonly roles: readonly FoundRole[]
  /** Rows of v1's other tables, by name. */
  readonly tables: Found['rows']
  readonly oddities: readonly string[]
  /** Empty where there is nothing to do. */
  readonly changes: readonly string[]
}

/**
 * Checks a schema of Skygear v1.7 and, asked to, adds in place what this system needs: its modules' tables beside the
 * old ones, filled from them. One transaction: all or nothing. Only what is missing is added, so a second run changes
 * nothing, and completes one that stopped half-way.
 * @throws what the session throws
 */
export async function adopt(
  session: Session,
  schema: string,
  modules: readonly Module[],
  { isApplied }: { readonly isApplied: boolean },
): Promise<Result<Adoption, string>> {
  await session.query(isApplied ? 'begin' : 'begin read only')
  try {
    const outcome = await adoptInTransaction(session, schema, modules, isApplied)
    await session.query(isApplied && outcome.ok ? 'commit' : 'rollback')
    return outcome
  } catch (cause) {
    // The first failure is the one to tell of, even where the session is gone.
    await session.query('rollback').catch(() => undefined)
    throw cause
  }
}

async function adoptInTransaction(
  session: Session,
  schema: string,
  modules: readonly Module[],
  isApplied: boolean,
): Promise<Result<Adoption, string>> {
  const at = schemaSession(session, schema)
  if (isApplied)
    await at.rows(sql`select pg_advisory_xact_lock(hashtextextended(${`skygear.adopt.${schema}`}, 0))`)
  const found = await inspect(at, modules)
  if (!found.ok) return found
  const adoption = reportOf(schema, found.value, modules, isApplied)
  if (!isApplied || adoption.changes.length === 0) return ok(adoption)

  const migrated = await migrate(insideTransaction(session), schema, modules)
  if (!migrated.ok) return err(`the modules’ tables could not be made: ${migrated.error.message}`)
  await apply(at, found.value.pending)
  const left = await inspect(at, modules)
  if (!left.ok) return left
  const missed = changesOf(left.value)
  return missed.length > 0 ? err(`this could not be done: ${missed.join('; ')}`) : ok(adoption)
}

function reportOf(schema: string, found: Found, modules: readonly Module[], applied: boolean): Adoption {
  return {
    schema,
    version: V1_VERSION,
    applied,
    record_types: found.types,
    users: found.users,
    roles: found.roles,
    tables: found.rows,
    oddities: odditiesOf(
      found,
      modules.map(({ name }) => name),
    ),
    changes: changesOf(found),
  }
}
