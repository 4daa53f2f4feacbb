import { escapeIdentifier, escapeLiteral, type Client } from 'pg'
import { changedSince, skippedBy } from '../../src/migrate/checksum.ts'
import { head, type Module } from '../../src/migrate/module.ts'

/** Where one module of one schema stands; `version` null: it never ran there. */
export type Standing = {
  readonly schema: string
  readonly module: string
  readonly version: number | null
  readonly head: number
  /** v2's tool was interrupted there: somebody has to look. */
  readonly dirty: boolean
  /** Versions whose files have another text than was applied. */
  readonly changed: readonly number[]
  /** Versions below the module's that were never applied: their files came later, and `up` passes them over. */
  readonly skipped: readonly number[]
}

/** Tables asked in one query. */
const TABLES_MAX = 200

/** Where each module stands: in the schemas given, or in every one that has one of the modules' version tables. */
export async function standings(
  client: Client,
  modules: readonly Module[],
  given: readonly string[] | null,
): Promise<readonly Standing[]> {
  const { rows: tables } = await client.query<Table>(
    `select nspname as schema, relname as name from pg_class join pg_namespace n on n.oid = relnamespace
      where relkind = 'r' and relname = any($1) and ($2::text[] is null or nspname = any($2))`,
    [modules.flatMap(({ name }) => [versionTableName(name), migrationTableName(name)]), given],
  )
  const books = await readBooks(client, tables)
  const versioned = tables.filter(({ name }) => name.endsWith('_version'))
  const schemas = given ?? [...new Set(versioned.map((each) => each.schema))].toSorted()
  return Promise.all(
    schemas.flatMap((at) =>
      modules.map(async (module) => {
        const row = books.get(keyOf(at, versionTableName(module.name)))
        const checksums = books.get(keyOf(at, migrationTableName(module.name)))?.checksums ?? {}
        return {
          schema: at,
          module: module.name,
          version: row?.version ? Number(row.version) : null,
          head: head(module),
          dirty: row?.dirty ?? false,
          changed: await changedSince(module, checksums),
          skipped: skippedBy(module, row?.version ? Number(row.version) : null, checksums),
        }
      }),
    ),
  )
}

type Table = { readonly schema: string; readonly name: string }
type BookRow = Table & {
  readonly version: string | null
  readonly dirty: boolean | null
  readonly checksums: Readonly<Record<string, string>> | null
}

/** As src/migrate/book.ts names them. */
const versionTableName = (module: string): string => `_${module}_version`
const migrationTableName = (module: string): string => `_${module}_migration`

const keyOf = (schema: string, table: string): string => `${schema}\n${table}`

/** What the tables say, many in a query: a thousand schemas take a few trips. */
async function readBooks(client: Client, tables: readonly Table[]): Promise<ReadonlyMap<string, BookRow>> {
  const books = new Map<string, BookRow>()
  for (let i = 0; i < tables.length; i += TABLES_MAX) {
    const parts = tables.slice(i, i + TABLES_MAX).map(({ schema, name }) => {
      const from = `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`
      const versioned = name.endsWith('_version')
      return `select ${escapeLiteral(schema)} as schema, ${escapeLiteral(name)} as name,
        ${versioned ? 'version::text' : 'null::text'} as version, ${versioned ? 'dirty' : 'null::boolean'} as dirty,
        ${versioned ? 'null' : 'jsonb_object_agg(version, checksum)'}::jsonb as checksums from ${from}`
    })
    const { rows } = await client.query<BookRow>(parts.join(' union all '))
    for (const row of rows) books.set(keyOf(row.schema, row.name), row)
  }
  return books
}
