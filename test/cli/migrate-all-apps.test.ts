import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, inject, it } from 'vitest'
import { appsInRegistry } from '../../cli/migrate/all/apps.ts'
import { filterFrom } from '../../cli/migrate/all/filter.ts'
import { progressOn } from '../../cli/migrate/all/progress.ts'
import { rowOf } from '../../cli/migrate/all/rows.ts'
import { isHostname, targetsOf } from '../../cli/migrate/all/targets.ts'
import { ok } from '../../src/core/result.ts'
import { newDocument } from '../../src/gateway/document/compose.ts'
import { joseSealer } from '../../src/platform/jose-sealer.ts'
import { sealSecrets } from '../../src/gateway/document/seal.ts'
import { fakeRegistry } from '../support/registry.ts'
import { run } from './processes.ts'

const documentOf = (name: string, more: object = {}) => ({
  ...newDocument({ name, random: () => crypto.randomUUID(), production: false }),
  ...more,
})
const options = { filter: () => true, sealer: null, clusterDatabase: 'postgres://cluster/x', concurrency: 2 }
const filter = (...given: string[]) => filterFrom(given, ['auth', 'record'])

it('finds each app once, aliases left out, in its own database or in the cluster’s', async () => {
  const registry = fakeRegistry({
    'host:one.example': documentOf('one'),
    'host:two.example': documentOf('two', { database_config: { database_url: 'postgres://own/y' } }),
    'host:www.example': { alias_of: 'one.example' },
    'plan:free': {},
  })
  expect(await appsInRegistry(registry, options)).toEqual([
    { app: 'one', place: ok({ database: 'postgres://cluster/x', schema: 'app_one' }) },
    { app: 'two', place: ok({ database: 'postgres://own/y', schema: 'app_two' }) },
  ])
  expect(await appsInRegistry(registry, { ...options, clusterDatabase: null })).toMatchObject([
    { app: 'one', place: { ok: false } },
    { app: 'two', place: { ok: true } },
  ])
})

it('reads no document that the listing rules out', async () => {
  const registry = fakeRegistry({
    'host:live.example': documentOf('live'),
    'host:nightly.example': documentOf('nightly'),
    'host:bare.example': documentOf('bare', { gears: { auth: 'nightly' } }),
    'host:www.example': { alias_of: 'live.example' },
  })
  registry.summaries.set('host:live.example', { app_id: 'live', plan: 'free' })
  registry.summaries.set('host:nightly.example', { app_id: 'nightly', gears: { auth: 'nightly' } })
  registry.summaries.set('host:www.example', { alias_of: 'live.example' })
  const found = await appsInRegistry(registry, { ...options, filter: filter('auth_version=nightly') })
  expect(found.map(({ app }) => app)).toEqual(['nightly', 'bare'])
  // Without a summary, only the document tells.
  expect(registry.reads).toEqual(['host:nightly.example', 'host:bare.example'])
  const free = await appsInRegistry(registry, {
    ...options,
    filter: filter('plan=free', 'auth_version=live'),
  })
  expect(free.map(({ app }) => app)).toEqual(['live'])
})

it('opens what is sealed, and says of a broken document what it is', async () => {
  const sealer = joseSealer('a'.repeat(43))
  const sealed = await sealSecrets(
    documentOf('s', { database_config: { database_url: 'postgres://own/y' } }),
    sealer,
  )
  const registry = fakeRegistry({ 'host:s.example': sealed, 'host:broken.example': 'not json' })
  expect(await appsInRegistry(registry, { ...options, sealer })).toEqual([
    { app: 's', place: ok({ database: 'postgres://own/y', schema: 'app_s' }) },
    { app: 'broken.example', place: { ok: false, error: 'its document is not JSON' } },
  ])
  expect((await appsInRegistry(registry, options))[0]?.place).toMatchObject({
    error: expect.stringContaining('TENANT_SEAL_KEY is not set'),
  })
  expect(await appsInRegistry(registry, { ...options, sealer, filter: filter('plan=x') })).toEqual([])
})

it('takes each schema of a database once, and another host with the port as it was', () => {
  const place = (database: string, schema: string) => ok({ database, schema })
  const { targets, lost } = targetsOf(
    [
      { app: 'a', place: place('postgres://u:p@one:5433/x?a=b', 's') },
      { app: 'b', place: place('postgres://u:p@one:5433/x?a=b', 's') },
      { app: 'c', place: place('postgres://u:p@one:5433/x?a=b', 't') },
      { app: 'd', place: place('x', 's') },
    ],
    '10.0.0.1',
  )
  const database = 'postgres://u:p@10.0.0.1:5433/x?a=b'
  expect(targets).toEqual([
    { database, schema: 's', apps: ['a', 'b'] },
    { database, schema: 't', apps: ['c'] },
  ])
  expect(lost).toEqual([{ app: 'd', error: 'its database is no URL' }])
  expect(['db.internal', '[::1]', 'a b', 'a:1', ''].map(isHostname)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
})

it('shows how far it is: a bar that stays one line on a terminal, else a line for each schema', () => {
  const target = { database: 'postgres://x/y', schema: 'app_a', apps: ['a'] }
  const rows = [
    rowOf(target, { module: 'core', from: null, to: 7, status: 'migrated' }),
    rowOf(target, { module: 'auth', from: null, to: null, status: 'failed', error: 'no\nluck' }),
  ]
  const shown = (isTTY: boolean) => {
    let text = ''
    const progress = progressOn({ isTTY, write: (more) => (text += more) })
    progress.start(2, 3)
    progress.done(target, rows.slice(0, 1))
    progress.say('waiting')
    progress.done(target, rows)
    progress.end()
    return text
  }
  expect(shown(false)).toBe(
    '2 of 3 schemas have somewhere to go\n1/2 app_a: core - → 7\nwaiting\n2/2 app_a: failed: no luck\n',
  )
  const bar = (filled: number) => '█'.repeat(filled) + '░'.repeat(30 - filled)
  expect(shown(true).replaceAll('\r\u001B[K', '\r')).toBe(
    `\r2 of 3 schemas have somewhere to go\n\r${bar(0)} 0/2\r${bar(15)} 1/2` +
      `\rwaiting\n\r${bar(15)} 1/2\r${bar(30)} 2/2, 1 failed\n`,
  )
})

const data = fs.mkdtempSync(join(tmpdir(), 'skygear-test-apps-'))
afterAll(() => fs.rmSync(data, { recursive: true, force: true }))

it('reads the local KV where no dev runs', async () => {
  const name = `kv-${process.pid}`
  const missing = await run('migrate.ts', ['up', '--all', '--data', join(data, 'none')])
  expect(missing).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: no apps in .+\n$/) })
  expect((await run('tenant.ts', ['create', name, '--data', data])).code).toBe(0)
  const all = ['--all', '--data', data, '--database', inject('databaseUrl'), '--json']
  const { code, stdout } = await run('migrate.ts', ['up', ...all, '--filter', 'plan=default'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject(
    ['core', 'auth', 'record', 'asset'].map((module) => ({
      apps: [name],
      schema: `app_${name}`,
      module,
      status: 'migrated',
    })),
  )
})
