import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { skygearV1 } from '../fixtures/skygear-v1.ts'
import { run } from './processes.ts'

const data = fs.mkdtempSync(join(tmpdir(), 'skygear-test-adopt-'))
const adopt = (...args: string[]) => run('tenant.ts', ['adopt', ...args, '--data', data])
const database = () => ['--database', inject('databaseUrl')]

let client: Client
beforeAll(async () => {
  client = new Client(inject('databaseUrl'))
  await client.connect()
})
afterAll(async () => {
  await client.end()
  fs.rmSync(data, { recursive: true, force: true })
})

let count = 0
/** A v1 app's name; its schema is `app_<name>`. */
async function oldApp(): Promise<string> {
  const name = `old-${process.pid}-${(count += 1)}`
  await client.query(skygearV1(`app_${name}`))
  return name
}

it('a check tells people and scripts what is there, and makes no app', async () => {
  const name = await oldApp()
  const { code, stdout } = await adopt(name, ...database())
  expect(code).toBe(0)
  expect(stdout).toContain(`app_${name} is a schema of Skygear v1.7, version 7469be11899e`)
  expect(stdout).toMatch(/^note +6 +1$/m)
  expect(stdout).toMatch(/^Admin +0 +admin$/m)
  expect(stdout).toMatch(/^With --apply, in one transaction:\n- tables of the modules /m)
  const asJson = await adopt(name, ...database(), '--json')
  expect(JSON.parse(asJson.stdout)).toMatchObject({
    schema: `app_${name}`,
    applied: false,
    users: { total: 7 },
  })
  expect((await run('tenant.ts', ['list', '--json', '--data', data])).stdout.trim()).toBe('[]')
})

it('apply makes the app with its old keys, and again it finds nothing to do', async () => {
  const name = await oldApp()
  const keys = ['--api-key', 'old-api-key', '--master-key', 'old-master-key']
  const first = await adopt(name, ...database(), '--apply', ...keys, '--json')
  expect(first).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(first.stdout)).toMatchObject({
    applied: true,
    app: name,
    host: `${name}.localhost`,
    api_key: 'old-api-key',
    master_key: 'old-master-key',
  })
  const shown = await run('tenant.ts', ['show', name, '--json', '--data', data])
  expect(JSON.parse(shown.stdout)).toMatchObject({
    app_id: name,
    database_config: { database_schema: `app_${name}` },
    app_config: { clients: [{ client_id: expect.any(String) }] },
  })
  expect(shown.stdout).not.toContain(inject('databaseUrl'))

  const second = await adopt(name, ...database(), '--apply')
  expect(second).toMatchObject({ code: 0, stderr: '' })
  expect(second.stdout).toContain('Nothing to do: it is adopted.')
  expect(second.stdout).toContain(`The app ${name} is at ${name}.localhost, with the keys it has.`)
})

it('an app of this name with another schema is refused before the database is touched', async () => {
  const name = await oldApp()
  expect((await run('tenant.ts', ['create', name, '--host', 'taken.localhost', '--data', data])).code).toBe(0)
  const other = await oldApp()
  const { code, stderr } = await adopt(name, '--schema', `app_${other}`, ...database(), '--apply')
  expect([code, stderr]).toEqual([
    1,
    `error: the app ${name} is at taken.localhost already, with another schema\n`,
  ])
  const taken = await adopt(other, '--host', 'taken.localhost', ...database(), '--apply')
  expect([taken.code, taken.stderr]).toEqual([1, 'error: the host taken.localhost is taken\n'])
  const { rows } = await client.query(
    `select from pg_tables where schemaname = $1 and tablename = '_core_user'`,
    [`app_${other}`],
  )
  expect(rows).toEqual([])
})

describe('one clear line', () => {
  it.each([
    [
      'an absent schema',
      ['none', '--schema', 'nowhere'],
      /^error: there is no schema nowhere in this database\n$/,
    ],
    [
      'a schema that is not v1’s',
      ['none', '--schema', 'public'],
      /^error: the schema public is not one of Skygear v1: .+\n$/,
    ],
  ])('of %s, exit code 1', async (_, args, line) => {
    const { code, stderr } = await adopt(...args, ...database())
    expect([code, stderr]).toEqual([1, expect.stringMatching(line)])
  })

  it('of an unreachable database, without its password, exit code 1', async () => {
    const { code, stderr } = await adopt('none', '--database', 'postgres://me:hush@127.0.0.1:1/x')
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^error: cannot connect to the database at 127.0.0.1:1\/x: .+\n$/),
    ])
    expect(stderr).not.toContain('hush')
  })

  it.each([
    ['a name that is none', ['No Name', '--database', 'postgres://x']],
    ['no database', ['none']],
    ['an unknown option', ['none', '--database', 'postgres://x', '--force']],
    ['an empty key', ['none', '--database', 'postgres://x', '--apply', '--api-key', '']],
  ])('of %s, exit code 2', async (_, args) => {
    const { code, stderr } = await adopt(...args)
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^error: .+\n$/)])
  })
})
