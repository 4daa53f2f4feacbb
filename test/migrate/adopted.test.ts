import type { Client } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sessionOf } from '../../cli/migrate/session.ts'
import { readModules } from '../../src/migrate/files.ts'
import { migrate, type MigrateOptions } from '../../src/migrate/run.ts'
import { connected, freshSchema } from './run.fixture.ts'

let client: Client
beforeAll(async () => {
  client = await connected()
})
afterAll(() => client.end())

it('an adopted schema keeps the tables that it came with: the step back that would drop one is refused', async () => {
  const schema = freshSchema()
  const run = (options: MigrateOptions) => migrate(sessionOf(client), schema, readModules(), options)
  expect(await run({ direction: 'up' })).toMatchObject({ ok: true })
  expect(await run({ direction: 'down', dryRun: true }), 'one of our own').toMatchObject({ ok: true })

  await client.query(`create table "${schema}"._version (version_num text)`)
  const refused = await run({ direction: 'down' })
  expect(refused).toMatchObject({ ok: false, error: { reason: 'plan', module: 'record' } })
  expect(refused).toHaveProperty(
    'error.message',
    expect.stringMatching(/^record\/\d+_\w+\.down\.sql would drop _\w+, and this schema was adopted/),
  )
  const { rows } = await client.query(
    `select count(*)::int as kept from pg_tables where schemaname = $1
     and tablename in ('user', '_role', '_auth_role', '_friend', '_follow', '_record_creation', '_password_history')`,
    [schema],
  )
  expect(rows).toEqual([{ kept: 7 }])
})
