import { escapeIdentifier, type Client } from 'pg'
import { head, type Module } from '../../src/migrate/module.ts'

/** Where one module of one schema stands; `version` null: it never ran there. */
export type Standing = {
  readonly schema: string
  readonly module: string
  readonly version: number | null
  readonly head: number
  /** v2's tool was interrupted there: somebody has to look. */
  readonly dirty: boolean
}

/** Where each module stands: in the schema given, or in every one that has a module's version table. */
export async function standings(
  client: Client,
  modules: readonly Module[],
  schema: string | null,
): Promise<readonly Standing[]> {
  const { rows: tables } = await client.query<{ schema: string; name: string }>(
    `select nspname as schema, relname as name from pg_class join pg_namespace n on n.oid = relnamespace
      where relkind = 'r' and relname = any($1) and ($2::text is null or nspname = $2)`,
    [modules.map(({ name }) => versionTableName(name)), schema],
  )
  const schemas = schema === null ? [...new Set(tables.map((table) => table.schema))].toSorted() : [schema]
  const found: Standing[] = []
  for (const each of schemas)
    for (const module of modules) {
      const name = versionTableName(module.name)
      const has = tables.some((table) => table.schema === each && table.name === name)
      const row = has ? await versionIn(client, each, name) : undefined
      const version = row ? Number(row.version) : null
      found.push({
        schema: each,
        module: module.name,
        version,
        head: head(module),
        dirty: row?.dirty ?? false,
      })
    }
  return found
}

/** As `versionTable` of src/migrate/run.ts names it. */
const versionTableName = (module: string): string => `_${module}_version`

async function versionIn(client: Client, schema: string, table: string) {
  const at = `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`
  const { rows } = await client.query<{ version: string; dirty: boolean }>(`select version, dirty from ${at}`)
  return rows[0]
}
