import { join } from 'node:path'
import type { Client } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readTables, tableNames } from '../../cli/migrate/catalogue.ts'
import { sessionOf } from '../../cli/migrate/session.ts'
import { FOLDER, readModule, readModules } from '../../src/migrate/files.ts'
import { CONTROLLER } from '../../src/migrate/order.ts'
import { migrate, type MigrateOptions } from '../../src/migrate/run.ts'
import { connected, contentsOf, freshSchema } from './run.fixture.ts'

let client: Client
beforeAll(async () => {
  client = await connected()
})
afterAll(() => client.end())

/** Tables with all that is theirs, and the text of every function. */
async function everything(schema: string) {
  const names = (await tableNames(client, schema)).filter((name) => !/_(version|migration)$/.test(name))
  const { rows: functions } = await client.query(
    `select pg_get_functiondef(p.oid) as text from pg_proc p join pg_namespace n on n.oid = pronamespace
      where nspname = $1 order by 1`,
    [schema],
  )
  return { tables: await readTables(client, schema, names), functions }
}

it.each([
  ['an app', readModules()],
  ['a config database', [readModule(CONTROLLER, join(FOLDER, CONTROLLER))]],
] as const)('every down of %s undoes its up, one after the other', async (_, modules) => {
  const schema = freshSchema()
  const step = async (module: (typeof modules)[number], options: MigrateOptions) => {
    const outcome = await migrate(sessionOf(client), schema, [module], { steps: 1, ...options })
    if (!outcome.ok) throw new Error(outcome.error.message)
  }
  for (const module of modules)
    for (const migration of module.migrations) {
      const before = await everything(schema)
      await step(module, {})
      const after = await everything(schema)
      await step(module, { direction: 'down' })
      expect(await everything(schema), `${module.name} ${migration.version} down`).toEqual(before)
      await step(module, {})
      expect(await everything(schema), `${module.name} ${migration.version} up again`).toEqual(after)
    }

  expect((await migrate(sessionOf(client), schema, modules, { direction: 'down' })).ok).toBe(true)
  expect(await contentsOf(client, schema), 'the books alone are left').toEqual(
    modules.flatMap(({ name }) => [`_${name}_migration`, `_${name}_version`]).toSorted(),
  )
})
