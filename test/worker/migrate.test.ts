import { env } from 'cloudflare:workers'
import { describe, expect, inject, it } from 'vitest'
import { modules } from '../../migrations/bundle.ts'
import { operator } from '../../src/gateway/operator.ts'
import type { Tenant } from '../../src/core/tenant.ts'
import { answerRequest } from '../../src/migrate/answer.ts'
import { kvTenants } from '../../src/platform/kv-tenants.ts'
import { neonProvisioner, withSession } from '../../src/platform/neon.ts'
import { heads } from '../../src/worker.ts'
import { outcome, testApp, type TestApp } from '../support/app.ts'

const KEY = 'operator-key'
const host = (databaseUrl: string | null = inject('databaseUrl')) =>
  operator({
    registry: kvTenants(env.TENANTS),
    sections: {},
    key: KEY,
    migrations: {
      answer: (body, placeOf) => answerRequest(body, { modules, placeOf, withSession }),
      databaseUrl,
    },
  })

const bearer = { authorization: `Bearer ${KEY}` }
const send = async (body: object, headers: Record<string, string> = bearer, at = host()) => {
  const response = await at.request('/migrate', { method: 'POST', headers, body: JSON.stringify(body) })
  return [response.status, await response.json()]
}
const appId = ({ host: at }: TestApp) => at.replace('.localhost', '')
const schemas = (app: TestApp) => app.sql('select 1 from pg_namespace where nspname = $1', [app.schema])
const setVersion = (app: TestApp, module: string, set: string) =>
  app.sql(`update ${app.table(`_${module}_version`)} set ${set}`)

/** What a schema holds, and what its modules note of themselves. */
async function contents(app: TestApp) {
  const books = heads.map(
    ({ name }) => `select '${name}', v.*, m.version, m.checksum
    from ${app.table(`_${name}_version`)} v, ${app.table(`_${name}_migration`)} m`,
  )
  const parts = await Promise.all(
    [
      `select table_name, column_name, data_type, column_default, is_nullable from information_schema.columns
        where table_schema = '${app.schema}'`,
      `select tablename, indexdef from pg_indexes where schemaname = '${app.schema}'`,
      `select conrelid::regclass::text, pg_get_constraintdef(oid) from pg_constraint
        where connamespace = '"${app.schema}"'::regnamespace`,
      `select proname, prosrc from pg_proc where pronamespace = '"${app.schema}"'::regnamespace`,
      `select name, version from ${app.table('_core_module')}`,
      books.join(' union all '),
    ].map((query) => app.sql(query)),
  )
  const rows = parts.map((part) => part.map((row) => JSON.stringify(row)).toSorted())
  return JSON.parse(JSON.stringify(rows).replaceAll(app.schema, 'SCHEMA')) as unknown
}

describe('the schema that an app’s first request makes in one HTTP transaction', () => {
  it('is the one that a session makes, file by file', async () => {
    const [batch, session] = [await testApp(), await testApp()]
    expect(outcome(await batch.call('record:query', { record_type: 'note' })).status).toBe(200)
    expect(await send({ database: session.host, command: 'up' })).toEqual([200, { result: 'ok' }])
    expect(await contents(batch)).toEqual(await contents(session))
  })

  it('is left as it is, or completed, where somebody else was first', async () => {
    const app = await testApp()
    await send({ database: app.host, migration: 'core', command: 'up' })
    const tenant = { databaseUrl: inject('databaseUrl'), schema: app.schema } as Tenant
    expect(await neonProvisioner(modules).provision(tenant)).toMatchObject({ ok: true })
    expect(await send({ database: app.host, command: 'up' })).toEqual([200, { result: 'no change' }])
  })
})

describe('POST /migrate on the operator’s host', () => {
  it('makes the schema of a fresh app in one request, and its first call pays nothing for it', async () => {
    const app = await testApp({ provision: false })
    const up = { database: app.host, command: 'up' }
    expect(await send({ ...up, dry_run: true })).toEqual([200, { result: 'ok' }])
    expect(await schemas(app)).toEqual([])
    expect(await send(up)).toEqual([200, { result: 'ok' }])
    expect(await send(up)).toEqual([200, { result: 'no change' }])
    expect(outcome(await app.call('record:query', { record_type: 'note' }))).toMatchObject({ status: 200 })
  })

  it('names the database by the app, by a host of it, or as the cluster’s', async () => {
    const app = await testApp()
    await env.TENANTS.put(`host:www.${app.host}`, JSON.stringify({ alias_of: app.host }))
    const core = { migration: 'core', command: 'version' }
    const none = [400, { error: 'no migration' }]
    expect(await send({ ...core, database: app.host })).toEqual(none)
    await send({ database: appId(app), command: 'up' })
    const version = [200, { result: String(heads[0]?.version) }]
    for (const database of [appId(app), app.host, `www.${app.host}`])
      expect([database, await send({ ...core, database })]).toEqual([database, version])
    expect(await send({ ...core, database: 'default', schema: app.schema })).toEqual(version)
    expect(await send({ ...core, database: app.host, schema: app.schema })).toEqual(version)
  })

  it('takes no URL, and no schema that is not the app’s', async () => {
    const app = await testApp()
    const core = { migration: 'core', command: 'up' }
    const unknown = [404, { error: expect.stringContaining('a URL is not taken') }]
    expect(await send({ ...core, database: inject('databaseUrl'), schema: app.schema })).toEqual(unknown)
    expect(await send({ ...core, database: 'nobody.example' })).toEqual(unknown)
    expect(await send({ ...core, database: 'nobody' })).toEqual(unknown)
    expect(await send({ ...core, database: 'constructor' })).toEqual(unknown)
    expect(await send({ ...core, database: app.host, schema: 'public' })).toEqual([
      400,
      { error: `the schema of this app is ${app.schema}` },
    ])
    expect(await send({ ...core, database: 'default' })).toEqual([400, { error: 'missing schema' }])
    expect(await send({ ...core, database: app.host }, bearer, host(null))).toEqual([
      400,
      { error: 'the app names no database, and the cluster has none' },
    ])
    expect(await schemas(app)).toEqual([])
  })

  it('refuses a dirty module with 409, and goes no way back: the Worker has no down files', async () => {
    const app = await testApp()
    await send({ database: app.host, command: 'up' })
    const core = { migration: 'core', database: app.host }
    expect(await send({ ...core, command: 'down' })).toEqual([
      409,
      { error: expect.stringMatching(/^core \d+ has no down file$/) },
    ])
    await setVersion(app, 'core', 'dirty = true')
    expect(await send({ ...core, command: 'up' })).toEqual([
      409,
      { error: expect.stringMatching(/^core: Dirty database version/) },
    ])
    const version = String(heads[0]?.version)
    expect(await send({ ...core, command: 'force', command_arg: version })).toEqual([200, { result: 'ok' }])
    expect(await send({ ...core, command: 'up' })).toEqual([200, { result: 'no change' }])
  })

  it('tells what failed with 500, and nothing of where the database is', async () => {
    const app = await testApp()
    await app.sql(`create schema "${app.schema}"`)
    await app.sql(`create table ${app.table('_core_user')} ()`)
    expect(await send({ database: app.host, command: 'up' })).toEqual([
      500,
      { error: expect.stringMatching(/^core\/\d+_\w+\.up\.sql:\d+: .+already exists/) },
    ])
    const lost = host('postgres://ana:hush@127.0.0.1:1/none')
    expect(await send({ database: app.host, command: 'up' }, bearer, lost)).toEqual([
      500,
      { error: 'the database cannot be reached' },
    ])
  })

  it('answers nobody without the key, in its own shape; GET /healthz answers all', async () => {
    for (const headers of [{}, { authorization: 'Bearer wrong' }])
      expect(await send({ command: 'up' }, headers)).toEqual([401, { error: 'operator key not accepted' }])
    const broken = await host().request('/migrate', { method: 'POST', headers: bearer, body: '{' })
    expect([broken.status, await broken.json()]).toEqual([
      400,
      { error: 'the request body is not valid JSON in UTF-8' },
    ])
    const healthz = await host().request('/healthz')
    expect([healthz.status, await healthz.json()]).toEqual([200, { result: 'OK' }])
  })

  it('migrates a schema once where two requests come at once', async () => {
    const app = await testApp()
    const up = { database: app.host, command: 'up' }
    const answers = await Promise.all([send(up), send(up), send(up)])
    expect(answers.map(([status]) => status)).toEqual([200, 200, 200])
    expect(await send(up)).toEqual([200, { result: 'no change' }])
  })
})
