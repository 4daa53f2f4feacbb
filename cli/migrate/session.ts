import type { Client } from 'pg'
import type { Module } from '../../src/migrate/module.ts'
import {
  migrate,
  type Direction,
  type MigrationFault,
  type Report,
  type Session,
} from '../../src/migrate/run.ts'

/** node-postgres as the migration runner's session. */
export const sessionOf = (client: Client): Session => ({
  query: (text, values) => client.query<Record<string, unknown>>(text, values),
})

/** As `migrate`. @throws Error with one line that names the module, and the file and line if one failed */
export async function migrateOn(
  client: Client,
  schema: string,
  modules: readonly Module[],
  options: { direction?: Direction; steps?: number; dryRun?: boolean },
): Promise<readonly Report[]> {
  const outcome = await migrate(sessionOf(client), schema, modules, options)
  if (outcome.ok) return outcome.value
  throw new Error(lineOf(outcome.error))
}

const lineOf = ({ module, migration, message }: MigrationFault): string =>
  `${migration ?? module}: ${message}`
