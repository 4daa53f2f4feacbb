import type { Client } from 'pg'
import { openBook } from '../../src/migrate/book.ts'
import type { Module } from '../../src/migrate/module.ts'
import { readTables, tableNames, type Named, type Tables } from './catalogue.ts'

/** SQL that leads from one set of tables to the other, and back; empty where they are the same. */
export type Difference = { readonly up: readonly string[]; readonly down: readonly string[] }

/**
 * What `declared`, the exports of a file of `drizzle/`, has that the migrations of the last of `modules` do not make,
 * and the reverse. Both sides are made in a schema that is rolled back, upon the tables of the modules before, and
 * read from Postgres' catalogues: so they are in the same words, and constraints have their real names.
 */
export async function difference(
  client: Client,
  modules: readonly Module[],
  declared: Readonly<Record<string, unknown>>,
): Promise<Difference> {
  const { generateDrizzleJson, generateMigration } = await import('drizzle-kit/api')
  const before = modules.slice(0, -1).flatMap(ups)
  const migrated = await madeBy(client, before, modules.slice(-1).flatMap(ups))
  const nothing = generateDrizzleJson({})
  const creation = await generateMigration(nothing, generateDrizzleJson({ ...declared }))
  const wanted = withNamesOf(migrated, await madeBy(client, before, creation.map(unqualified)))

  const lead = async (from: Tables, to: Tables) => {
    const middle = { ...nothing, tables: both(from, to) }
    const added = await generateMigration({ ...nothing, tables: from }, middle)
    const dropped = await generateMigration(middle, { ...nothing, tables: to })
    return [...added, ...dropped].map(unqualified)
  }
  return { up: await lead(migrated, wanted), down: await lead(wanted, migrated) }
}

const ups = ({ migrations }: Module): readonly string[] => migrations.map(({ up }) => up)

/** drizzle-kit qualifies what a foreign key refers to. */
const unqualified = (statement: string): string => statement.replaceAll('"public".', '')

const SCRATCH = 'skygear_add_version'

/** The tables that `sql` adds to what `before` makes. */
async function madeBy(client: Client, before: readonly string[], sql: readonly string[]): Promise<Tables> {
  await client.query('begin')
  try {
    await openBook(client, SCRATCH, 'scratch')
    for (const each of before) await client.query(each)
    const others = await tableNames(client, SCRATCH)
    for (const each of sql) await client.query(each)
    const names = await tableNames(client, SCRATCH)
    return await readTables(
      client,
      SCRATCH,
      names.filter((name) => !others.includes(name)),
    )
  } finally {
    await client.query('rollback')
  }
}

/**
 * Everything of both, in the words of `to`. Between it and each of them drizzle-kit finds things added or things
 * gone, never both, which it would ask about: a rename is for whoever reads the file to write.
 */
function both(from: Tables, to: Tables): Tables {
  const changed = Object.entries(to).map(([name, table]) => [
    name,
    { ...table, columns: { ...from[name]?.columns, ...table.columns } },
  ])
  return { ...from, ...Object.fromEntries(changed) } as Tables
}

const NAMED = ['foreignKeys', 'uniqueConstraints', 'compositePrimaryKeys', 'checkConstraints'] as const

/** Constraints that differ by name only get the names they have: drizzle-kit and Postgres choose differently. */
function withNamesOf(existing: Tables, tables: Tables): Tables {
  const renamed = Object.entries(tables).map(([key, table]) => {
    const constraints = NAMED.map((kind) => {
      const known: readonly Named[] = Object.values(existing[key]?.[kind] ?? {})
      const all = Object.values<Named>(table[kind]).map(
        (one) => known.find((other) => bodyOf(other) === bodyOf(one)) ?? one,
      )
      return [kind, Object.fromEntries(all.map((one) => [one.name, one]))]
    })
    return [key, { ...table, ...Object.fromEntries(constraints) }]
  })
  return Object.fromEntries(renamed) as Tables
}
const bodyOf = (constraint: Named): string => JSON.stringify({ ...constraint, name: '' })
