import { Client } from 'pg'
import { inject } from 'vitest'
import type { Module } from '../../src/migrate/module.ts'

export async function connected(name = 'test'): Promise<Client> {
  const opened = new Client({ connectionString: inject('databaseUrl'), application_name: name })
  await opened.connect()
  return opened
}

let count = 0
export const freshSchema = () => `migrate_${process.pid}_${(count += 1)}`

/** Every relation, function and type of a schema, by name; null where there is no such schema. */
export async function contentsOf(client: Client, schema: string): Promise<readonly string[] | null> {
  const { rows: found } = await client.query(`select 1 from pg_namespace where nspname = $1`, [schema])
  if (found.length === 0) return null
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = relnamespace
        where nspname = $1 and relkind in ('r', 'v', 'm', 'S', 'f', 'p')
      union all select proname || '()' from pg_proc join pg_namespace n on n.oid = pronamespace where nspname = $1
      union all select 'type ' || typname from pg_type t join pg_namespace n on n.oid = typnamespace
        where nspname = $1 and typrelid = 0 and typelem = 0 order by name`,
    [schema],
  )
  return rows.map(({ name }) => name)
}

/** A module of its own, whose files can be bad. */
export const own = (
  ...files: readonly (readonly [version: number, up: string, down?: string])[]
): Module => ({
  name: 'own',
  migrations: files.map(([version, up, down]) => ({
    version,
    name: 'file',
    up,
    ...(down !== undefined && { down }),
  })),
})
export const [first, second] = [
  [1, 'create table one (id int)', 'drop table one'],
  [2, 'create table two (id int)', 'drop table two'],
] as const
