import type { Client } from 'pg'
import { lineOf } from '../../src/migrate/fault.ts'
import type { LockHolder } from '../../src/migrate/lock.ts'
import type { Module } from '../../src/migrate/module.ts'
import {
  force,
  migrate,
  type MigrateOptions,
  type Report,
  type RunOptions,
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
  options: MigrateOptions,
): Promise<readonly Report[]> {
  const outcome = await migrate(sessionOf(client), schema, modules, { onWait: sayHolder(schema), ...options })
  if (outcome.ok) return outcome.value
  throw new Error(lineOf(outcome.error))
}

/** As `force`. @throws Error with one line */
export async function forceOn(
  client: Client,
  schema: string,
  module: Module,
  version: number,
  options: RunOptions,
): Promise<readonly Report[]> {
  const outcome = await force(sessionOf(client), schema, module, version, {
    onWait: sayHolder(schema),
    ...options,
  })
  if (outcome.ok) return outcome.value
  throw new Error(lineOf(outcome.error))
}

const sayHolder = (schema: string) => (holder: LockHolder) => console.error(waitingLine(schema, holder))

export const waitingLine = (schema: string, { pid, application, user, since }: LockHolder): string =>
  `${schema} is being migrated by session ${pid} (${application || user}) since ${since}: waiting for it`
