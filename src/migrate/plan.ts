import { err, ok, type Result } from '../core/result.ts'
import type { Migration, Module } from './module.ts'

/** What the version table of a module says: null where the module never ran. */
export type Applied = number | null
export type Step = { readonly version: Applied; readonly migration: Migration; readonly sql: string }

/** The migrations that lead from what is applied to head, or `steps` of them; each with the version it leaves. */
export function planUp(module: Module, applied: Applied, steps = Infinity): readonly Step[] {
  return module.migrations
    .filter((migration) => applied === null || migration.version > applied)
    .slice(0, steps)
    .map((migration) => ({ version: migration.version, migration, sql: migration.up }))
}

/** The migrations that lead back, newest first; refused where the folder lacks a down file or the applied version. */
export function planDown(
  module: Module,
  applied: Applied,
  steps = Infinity,
): Result<readonly Step[], string> {
  if (applied === null) return ok([])
  if (!module.migrations.some(({ version }) => version === applied))
    return err(`${module.name} is at ${applied}, which its migrations do not have`)
  const done = module.migrations.filter(({ version }) => version <= applied).toReversed()
  const plan: Step[] = []
  for (const [i, migration] of done.slice(0, steps).entries()) {
    if (migration.down === undefined) return err(`${module.name} ${migration.version} has no down file`)
    plan.push({ version: done[i + 1]?.version ?? null, migration, sql: migration.down })
  }
  return ok(plan)
}
