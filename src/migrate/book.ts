import { sql, type SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import { literal } from '../core/sql.ts'
import type { Checksums } from './checksum.ts'
import type { Applied } from './plan.ts'
import type { Session } from './session.ts'

/** What a schema says of one module. */
export type Book = {
  readonly version: Applied
  /** v2's tool was interrupted there: somebody has to look (v2 reference, section 3.2). */
  readonly dirty: boolean
  readonly checksums: Checksums
}

/** Needed by the modules' tables and by geography; made once per database, in `public` (design: section 5). */
const EXTENSIONS = ['citext', 'cube', 'earthdistance'] as const

const dialect = new PgDialect()
const textOf = (query: SQL): string => dialect.sqlToQuery(query).sql

/** `"schema"."_<module>_version"`, the table v2's tool keeps (v2 reference, section 3.3). */
export const versionTable = (schema: string, module: string): SQL =>
  sql`${sql.identifier(schema)}.${sql.identifier(`_${module}_version`)}`
/** One row per applied file. */
const migrationTable = (schema: string, module: string): SQL =>
  sql`${sql.identifier(schema)}.${sql.identifier(`_${module}_migration`)}`

/** Makes what every run needs, where it is missing, and sets the transaction's search_path: one trip. */
export const openBook = async (session: Session, schema: string, module: string): Promise<void> =>
  void (await session.query(openText(schema, module)))

export function openText(schema: string, module: string): string {
  const names = sql.join(EXTENSIONS.map(literal), sql`, `)
  const extensions = sql.join(
    EXTENSIONS.map((name) => sql`create extension if not exists ${sql.identifier(name)} schema public;`),
    sql` `,
  )
  // `create extension if not exists` is not safe against itself: two at once and one fails.
  const query = sql`do $skygear$ begin
      if (select count(*) from pg_extension where extname in (${names})) < ${sql.raw(String(EXTENSIONS.length))} then
        perform pg_advisory_xact_lock(hashtextextended('skygear.extensions', 0));
        ${extensions}
      end if;
    end $skygear$;
    create schema if not exists ${sql.identifier(schema)};
    set local search_path = ${sql.identifier(schema)}, public;
    create table if not exists ${versionTable(schema, module)} (version bigint primary key, dirty boolean not null);
    create table if not exists ${migrationTable(schema, module)} (
      version bigint primary key,
      checksum text not null,
      applied_at timestamp not null default timezone('utc', now())
    )`
  return textOf(query)
}

export async function readBook(session: Session, schema: string, module: string): Promise<Book> {
  const { rows } = await session.query(
    textOf(sql`select v.version::text, v.dirty,
        (select jsonb_object_agg(m.version, m.checksum) from ${migrationTable(schema, module)} m) as checksums
      from (select) as one left join ${versionTable(schema, module)} v on true`),
  )
  const { version = null, dirty, checksums } = rows[0] ?? {}
  return {
    version: version === null ? null : Number(version),
    dirty: dirty === true,
    checksums: (checksums ?? {}) as Checksums,
  }
}

/** The version alone, of a schema that may not have the module, nor be there: nothing is made. */
export async function readVersion(session: Session, schema: string, module: string): Promise<Applied> {
  const { rows } = await session.query(
    `select to_regclass(format('%I.%I', $1::text, $2::text)) is not null as is_there`,
    [schema, `_${module}_version`],
  )
  if (rows[0]?.['is_there'] !== true) return null
  const { rows: versions } = await session.query(
    textOf(sql`select version::text from ${versionTable(schema, module)}`),
  )
  const version = versions[0]?.['version']
  return version === undefined ? null : Number(version)
}

/**
 * Notes the version and the files that were applied, and forgets those above: one trip. The guard of every
 * transaction reads the versions of all modules from one table of the core module.
 */
export const writeBook = async (session: Session, ...written: Parameters<typeof writeText>): Promise<void> =>
  void (await session.query(writeText(...written)))

export function writeText(schema: string, module: string, version: Applied, applied: Checksums): string {
  const versions = versionTable(schema, module)
  const files = migrationTable(schema, module)
  const name = literal(module)
  const at = sql.raw(version === null ? '-1' : String(version))
  const rows = Object.entries(applied).map(
    ([each, checksum]) => sql`(${sql.raw(each)}, ${literal(checksum)})`,
  )
  const query = sql`delete from ${versions};
    insert into ${versions} (version, dirty) select ${at}, false where ${at} >= 0;
    delete from ${files} where version > ${at};
    ${rows.length > 0 ? sql`insert into ${files} (version, checksum) values ${sql.join(rows, sql`, `)} on conflict (version) do update set checksum = excluded.checksum;` : sql``}
    do $skygear$ begin
      if to_regclass('_core_module') is not null then
        delete from _core_module where name = ${name};
        insert into _core_module (name, version) select ${name}, ${at} where ${at} >= 0;
      end if;
    end $skygear$`
  return textOf(query)
}
