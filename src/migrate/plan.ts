import { err, ok, type Result } from '../core/result.ts'
import type { Migration, Module } from './module.ts'

/** What the version table of a module says: null where the module never ran. */
export type Applied = number | null
/** A file to run. `version` is the module's when it has run. */
export type Step = {
  readonly version: Applied
  readonly migration: Migration
  readonly file: string
  readonly sql: string
}

/**
 * The migrations that lead from what is applied to head, or `steps` of them; each with the version it leaves. A
 * schema that is newer than the files is left alone; one at a version between them was made by other files.
 */
export function planUp(module: Module, applied: Applied, steps = Infinity): Result<readonly Step[], string> {
  const left = module.migrations.filter(({ version }) => applied === null || version > applied)
  if (left.length > 0 && !knows(module, applied)) return err(unknown(module, applied))
  return ok(
    left.slice(0, steps).map((migration) => ({
      version: migration.version,
      migration,
      file: fileOf(module, migration, 'up'),
      sql: migration.up,
    })),
  )
}

/** The migrations that lead back, newest first; refused where the folder lacks a down file or the applied version. */
export function planDown(
  module: Module,
  applied: Applied,
  steps = Infinity,
): Result<readonly Step[], string> {
  if (applied === null) return ok([])
  if (!knows(module, applied)) return err(unknown(module, applied))
  const done = module.migrations.filter(({ version }) => version <= applied).toReversed()
  const plan: Step[] = []
  for (const [i, migration] of done.slice(0, steps).entries()) {
    if (migration.down === undefined) return err(`${module.name} ${migration.version} has no down file`)
    const file = fileOf(module, migration, 'down')
    plan.push({ version: done[i + 1]?.version ?? null, migration, file, sql: migration.down })
  }
  return ok(plan)
}

const knows = ({ migrations }: Module, applied: Applied): boolean =>
  applied === null || migrations.some(({ version }) => version === applied)
const unknown = ({ name }: Module, applied: Applied): string =>
  `${name} is at ${applied}, which its migrations do not have`

const fileOf = ({ name }: Module, migration: Migration, direction: 'up' | 'down'): string =>
  `${name}/${migration.version}_${migration.name}.${direction}.sql`
