import { sql, type SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import { err, ok, type Result } from '../core/result.ts'
import type { Module } from './module.ts'
import { planDown, planUp, type Applied, type Step } from './plan.ts'

/** A Postgres session, one statement after the other: node-postgres and the Neon driver's Client both are. */
export type Session = {
  readonly query: (
    text: string,
    values?: unknown[],
  ) => Promise<{ readonly rows: readonly Record<string, unknown>[] }>
}
export type Direction = 'up' | 'down'
/** What became of one module in one schema. */
export type Report = { readonly module: string; readonly from: Applied; readonly to: Applied }
export type MigrationFault = {
  readonly module: string
  readonly migration?: string
  readonly message: string
}

/** Needed by the modules' tables and by geography; made once per database, in `public` (design: section 5). */
const EXTENSIONS = ['citext', 'cube', 'earthdistance'] as const

const dialect = new PgDialect()

/**
 * Brings modules of one schema up or down, one transaction per module, one runner per schema at a time.
 * The schema and the extensions are made where they are missing. With `dryRun` everything runs in one transaction,
 * since a module needs the tables of those before it, and is rolled back.
 */
export async function migrate(
  session: Session,
  schema: string,
  modules: readonly Module[],
  {
    direction = 'up',
    steps,
    dryRun = false,
  }: { direction?: Direction; steps?: number; dryRun?: boolean } = {},
): Promise<Result<readonly Report[], MigrationFault>> {
  const reports: Report[] = []
  for (const module of direction === 'up' ? modules : modules.toReversed()) {
    if (!dryRun || reports.length === 0) await session.query('begin')
    const outcome = await migrateModule(session, schema, module, direction, steps).catch((cause: unknown) =>
      err({ module: module.name, message: cause instanceof Error ? cause.message : String(cause) }),
    )
    if (!outcome.ok) {
      await session.query('rollback')
      return outcome
    }
    if (!dryRun) await session.query('commit')
    reports.push(outcome.value)
  }
  if (reports.length > 0 && dryRun) await session.query('rollback')
  return ok(reports)
}

async function migrateModule(
  session: Session,
  schema: string,
  module: Module,
  direction: Direction,
  steps?: number,
): Promise<Result<Report, MigrationFault>> {
  const run = (query: SQL) => {
    const { sql: text, params } = dialect.sqlToQuery(query)
    return session.query(text, params)
  }
  const { rows: extensions } = await run(sql`select extname from pg_extension`)
  const missing = EXTENSIONS.filter((name) => !extensions.some(({ extname }) => extname === name))
  // `create extension if not exists` is not safe against itself: two at once and one fails.
  if (missing.length > 0)
    await run(sql`select pg_advisory_xact_lock(hashtextextended('skygear.extensions', 0))`)
  for (const name of missing)
    await run(sql`create extension if not exists ${sql.identifier(name)} schema public`)
  await run(sql`select pg_advisory_xact_lock(hashtextextended(${`skygear.migrate.${schema}`}, 0))`)
  await run(sql`create schema if not exists ${sql.identifier(schema)}`)
  await run(sql`set local search_path = ${sql.identifier(schema)}, public`)

  const versions = versionTable(schema, module.name)
  await run(sql`create table if not exists ${versions} (version bigint primary key, dirty boolean not null)`)
  const { rows } = await run(sql`select version::text from ${versions}`)
  const from: Applied = rows[0] ? Number(rows[0]['version']) : null

  const plan = direction === 'up' ? ok(planUp(module, from, steps)) : planDown(module, from, steps)
  if (!plan.ok) return err({ module: module.name, message: plan.error })
  for (const step of plan.value) {
    const failed = await apply(session, module, step, direction)
    if (failed) return err(failed)
  }
  const to = plan.value.length > 0 ? (plan.value.at(-1)?.version ?? null) : from
  await run(sql`delete from ${versions}`)
  if (to !== null) await run(sql`insert into ${versions} (version, dirty) values (${to}, false)`)
  await noteForGuard(run, module.name, to)
  return ok({ module: module.name, from, to })
}

/** The guard of every transaction reads the versions of all modules from one table of the core module. */
async function noteForGuard(
  run: (query: SQL) => ReturnType<Session['query']>,
  module: string,
  version: Applied,
) {
  const { rows } = await run(sql`select to_regclass('_core_module') is not null as exists`)
  if (rows[0]?.['exists'] !== true) return
  await run(sql`delete from _core_module where name = ${module}`)
  if (version !== null)
    await run(sql`insert into _core_module (name, version) values (${module}, ${version})`)
}

async function apply(
  session: Session,
  module: Module,
  step: Step,
  direction: Direction,
): Promise<MigrationFault | undefined> {
  try {
    await session.query(step.sql)
    return undefined
  } catch (cause) {
    const file = `${step.migration.version}_${step.migration.name}.${direction}.sql`
    const position = cause instanceof Error && 'position' in cause ? Number(cause.position) : NaN
    const line = Number.isNaN(position) ? '' : `:${step.sql.slice(0, position).split('\n').length}`
    return {
      module: module.name,
      migration: `${module.name}/${file}${line}`,
      message: cause instanceof Error ? cause.message : String(cause),
    }
  }
}

/** `"schema"."_<module>_version"`, the table v2's tool keeps (v2 reference, section 3.3). */
export const versionTable = (schema: string, module: string): SQL =>
  sql`${sql.identifier(schema)}.${sql.identifier(`_${module}_version`)}`
