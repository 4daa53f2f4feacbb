import { sql } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import { openText, writeText } from './book.ts'
import { checksumsOf } from './checksum.ts'
import { lockText } from './lock.ts'
import { head, type Module } from './module.ts'
import { statementsOf } from './split.ts'

const dialect = new PgDialect()

/**
 * A schema that is not there yet, with every module at head, as the statements of one transaction that nobody has to
 * talk to in between: one trip, where a session takes eight a module. Fails with 42P06 where the schema is there,
 * made by another runner meanwhile.
 */
export async function freshStatements(
  schema: string,
  modules: readonly Module[],
): Promise<readonly string[]> {
  const texts = [
    lockText(schema),
    dialect.sqlToQuery(sql`create schema ${sql.identifier(schema)}`).sql,
    ...(await Promise.all(modules.map((module) => textsOf(schema, module)))).flat(),
  ]
  return texts.flatMap((text) => statementsOf(text).map((statement) => statement.text))
}

const textsOf = async (schema: string, module: Module): Promise<readonly string[]> => [
  openText(schema, module.name),
  ...module.migrations.map(({ up }) => up),
  writeText(schema, module.name, head(module), await checksumsOf(module.migrations)),
]
