import type { Client } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sessionOf } from '../../cli/migrate/session.ts'
import { readModules } from '../../src/migrate/files.ts'
import { migrate, type MigrateOptions } from '../../src/migrate/run.ts'
import { connected, freshSchema } from './run.fixture.ts'

/** `order_and_geometry`. */
const VERSION = 1795206200

let client: Client
beforeAll(async () => {
  client = await connected()
})
afterAll(() => client.end())

it('types that were there before get the index of their order, and one for each location without', async () => {
  const schema = freshSchema()
  const modules = readModules()
  const run = async (options: MigrateOptions = {}, of = modules) => {
    const outcome = await migrate(sessionOf(client), schema, of, options)
    if (!outcome.ok) throw new Error(outcome.error.message)
  }
  const record = modules.filter(({ name }) => name === 'record')
  const steps = record
    .flatMap(({ migrations }) => migrations)
    .filter(({ version }) => version >= VERSION).length
  await run()
  await run({ direction: 'down', steps }, record)

  const long = 'a shop with a name of exactly sixty-three bytes, which is the most'.slice(0, 63)
  const inSchema = (text: string) => client.query(`set search_path = "${schema}", public; ${text}`)
  for (const type of ['shop', long])
    await inSchema(`select _record_extend('{"${type}": {"spot": "location", "at.home": "location"}}')`)
  // As types were made before there were such indexes, with rows in them.
  await inSchema(`drop index shop_ll_to_earth_idx;
    insert into shop (_id, _database_id, _owner_id, _created_at, _updated_at, spot)
      select i, '', 'u', now(), now(), point(i, 1) from generate_series(1, 50) as i;
    create table "not a type" (at point)`)

  const indexes = async () => {
    const { rows } = await client.query<{ type: string; on: string }>(
      `select tablename as type, substring(indexdef from ' USING (.*)') as on from pg_indexes
        where schemaname = $1 and indexdef not like '%UNIQUE%' and left(tablename, 1) <> '_' order by 1, 2`,
      [schema],
    )
    return rows.map(
      ({ type, on }) =>
        `${type}: ${on
          .replaceAll(/(::\w+( \w+)?|[()"]|(?=\[))/g, ' ')
          .replaceAll(/ +/g, ' ')
          .trim()}`,
    )
  }
  const place = (type: string, field: string) =>
    `${type}: gist ll_to_earth round ${field} [1] , 9 , round ${field} [0] , 9`
  const before = await indexes()
  expect(before.filter((index) => index.includes('gist'))).toHaveLength(3)
  await run()
  const made = await indexes()
  expect(made).toEqual(
    [
      ...[long, 'shop', 'user'].map((type) => `${type}: btree _created_at`),
      ...[long, 'shop'].flatMap((type) => [place(type, 'spot'), place(type, 'at.home')]),
    ].toSorted(),
  )
  await run({ direction: 'down', steps }, record)
  expect(await indexes()).toEqual(before)
  await run()
  expect(await indexes(), 'and again').toEqual(made)
})
