import { describe, expect, inject, it } from 'vitest'
import { useLocalEndpoint } from '../../src/platform/neon.ts'
import { heads } from '../../src/worker.ts'
import { itemsOf, OK, outcome, testApp, type Answer, type TestApp } from '../support/app.ts'

const UNAVAILABLE = { status: 503, code: 10002 }
const query = (app: TestApp) => app.call('record:query', { record_type: 'note' })
const signUp = (app: TestApp) => app.call('auth:signup')
const versionsOf = async (app: TestApp) => {
  const rows = await Promise.all(
    heads.map(({ name }) => app.sql(`select version::int from ${app.table(`_${name}_version`)}`)),
  )
  return rows.map(([row]) => row?.['version'])
}
/** Both places that say how new a module is. */
const setVersion = async (app: TestApp, module: string, version: string) => {
  await app.sql(`update ${app.table(`_${module}_version`)} set version = ${version}`)
  await app.sql(`update ${app.table('_core_module')} set version = ${version} where name = '${module}'`)
}
const schemas = (app: TestApp) => app.sql('select 1 from pg_namespace where nspname = $1', [app.schema])
const messageOf = ({ json }: Answer) => (json['error'] as { message: string }).message
const users = (app: TestApp) => app.sql(`select id from ${app.table('_core_user')}`)

describe('the schema of an app', () => {
  it('is made by the app’s first request, with every module at head', async () => {
    const app = await testApp()
    expect(await schemas(app)).toEqual([])
    expect(outcome(await query(app)).status).toBe(200)
    expect(await versionsOf(app)).toEqual(heads.map(({ version }) => version))
    expect(outcome(await query(app)), 'the next request pays nothing').toEqual(OK)
  })

  it('is not made by a request that needs no database, or that is refused before it', async () => {
    const app = await testApp()
    await app.call('_status:healthz')
    await app.call('')
    await app.call('me')
    await app.call('auth:signup', {}, { key: 'wrong' })
    await app.call('record:query', {})
    expect(await schemas(app)).toEqual([])
  })

  it('is made once where twenty first requests come at once, and all of them succeed', async () => {
    const app = await testApp()
    const isolates = [app, app.reopen()]
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => signUp(isolates[i % 2] ?? app)))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
    expect(await users(app)).toHaveLength(20)
    expect(await app.sql(`select * from ${app.table('_role')}`)).toHaveLength(1)
  })

  it('is said to be behind to the master key too, whose calls begin with what a newer one brings', async () => {
    const app = await testApp()
    await signUp(app)
    await setVersion(app, 'auth', '1')
    await app.sql(`drop function ${app.table('_auth_stand_in')}(text)`)
    const answer = await app.call('record:save', { records: [{ _id: 'note/1' }] }, { key: app.masterKey })
    expect(outcome(answer)).toMatchObject(UNAVAILABLE)
    expect(messageOf(answer)).toContain('npm run migrate -- up')
  })

  it('is made with the dashes and quotes that its name has', async () => {
    const schema = `app_we"ird-${crypto.randomUUID().slice(0, 8)}`
    const app = await testApp({ document: { database_config: { database_schema: schema } } })
    expect(outcome(await signUp(app)).status).toBe(200)
    expect(await schemas(app)).toHaveLength(1)
  })

  it('is not made where provisioning is off: the answer names the command, for reads and writes', async () => {
    const app = await testApp({ provision: false })
    for (const answer of [await query(app), await signUp(app)]) {
      expect(outcome(answer)).toMatchObject(UNAVAILABLE)
      expect(messageOf(answer)).toContain(`npm run migrate -- up --schema ${app.schema}`)
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    expect(await schemas(app)).toEqual([])
  })

  it('is left alone where it exists without modules', async () => {
    const app = await testApp()
    await app.sql(`create schema "${app.schema}"`)
    for (const answer of [await query(app), await signUp(app)]) {
      expect(outcome(answer)).toMatchObject(UNAVAILABLE)
      expect(messageOf(answer)).toContain(`npm run migrate -- up --schema ${app.schema}`)
    }
    const tables = await app.sql('select tablename from pg_tables where schemaname = $1', [app.schema])
    expect(tables).toEqual([])
  })

  const behind: readonly [string, (app: TestApp) => Promise<unknown>][] = [
    ...heads.flatMap(({ name }): typeof behind => [
      [`${name} is behind`, (app) => setVersion(app, name, 'version - 1')],
      [
        `${name} is missing`,
        (app) => app.sql(`delete from ${app.table('_core_module')} where name = '${name}'`),
      ],
    ]),
    [
      'core is from before the guard',
      (app) => app.sql(`drop function ${app.table('_core_guard')}(jsonb, text, text, text[], text[])`),
    ],
  ]
  it.each(behind)(
    'is left alone where %s: the answer names the command, and nothing is stored',
    async (_, set) => {
      const app = await testApp()
      const user = await app.guest()
      await set(app)
      const save = await app.call('record:save', { records: [{ _id: 'note/1' }] }, user)
      for (const answer of [await query(app), await signUp(app), save]) {
        expect(outcome(answer)).toMatchObject(UNAVAILABLE)
        expect(messageOf(answer)).toContain(`npm run migrate -- up --schema ${app.schema}`)
      }
      expect(await users(app)).toHaveLength(1)
      const tables = await app.sql(`select 1 from pg_tables where schemaname = $1 and tablename = 'note'`, [
        app.schema,
      ])
      expect(tables).toEqual([])
    },
  )

  it('serves where it is ahead of the code', async () => {
    const app = await testApp()
    await signUp(app)
    for (const { name } of heads) await setVersion(app, name, 'version + 1')
    expect(outcome(await signUp(app))).toEqual(OK)
    expect(itemsOf(await query(app))).toEqual([])
  })

  it('of one app knows nothing of another’s', async () => {
    const [one, two] = [await testApp(), await testApp()]
    const { token } = await one.guest()
    await one.call('record:save', { records: [{ _id: 'note/1', secret: 1 }] }, { token })
    await two.guest()
    expect(itemsOf(await query(two))).toEqual([])
    expect(itemsOf(await query(one))).toHaveLength(1)
    expect(outcome(await two.call('record:query', { record_type: 'note' }, { key: one.apiKey })).code).toBe(
      103,
    )
    expect(
      outcome(await two.call('record:query', { record_type: 'note' }, { key: one.masterKey })).code,
    ).toBe(103)
  })
})

describe('a database that cannot be reached', () => {
  it('is 503 with Retry-After, and says nothing of where it is', async () => {
    const databaseUrl = 'postgres://nobody:hidden@127.0.0.1:1/none'
    for (const app of [await testApp({ databaseUrl }), await testApp({ databaseUrl, provision: false })])
      for (const answer of [await query(app), await signUp(app)]) {
        expect(outcome(answer)).toMatchObject(UNAVAILABLE)
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
        expect(answer.text).not.toMatch(/hidden|nobody|127\.0\.0\.1/)
      }
  })

  it('is 503 where nothing listens at the endpoint, and serves again when it does', async () => {
    const app = await testApp()
    await signUp(app)
    useLocalEndpoint('127.0.0.1:1')
    const answers = [await query(app), await signUp(app)]
    useLocalEndpoint(inject('neonEndpoint'))
    for (const answer of answers) expect(outcome(answer)).toMatchObject(UNAVAILABLE)
    expect(outcome(await query(app))).toEqual(OK)
    expect(await users(app)).toHaveLength(1)
  })

  it('leaves the health check alone', async () => {
    const app = await testApp({ databaseUrl: 'postgres://nobody@127.0.0.1:1/none' })
    expect(outcome(await app.call('_status:healthz'))).toEqual({ status: 200, trips: 0 })
  })
})
