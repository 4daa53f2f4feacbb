import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { fail, type Failure } from '../../src/core/failure.ts'
import { gear } from '../../src/core/gear.ts'
import { admits, appOf, type App } from '../../src/gateway/app-of-document.ts'
import type { Plan } from '../../src/gateway/plan.ts'
import { accepted, edited, faultOf, fuller, minimal } from './document.fixture.ts'

const everything: Plan = { name: 'default', gears: null, limits: {} }
const sections = { record: v.object({ development_mode: v.optional(v.boolean(), true) }) }
const misconfigured = (path: string, message: string): Failure => fail('NotConfigured', message, { path })
const app = (document: unknown, { plan = everything, databaseUrl = null as string | null } = {}) =>
  appOf(accepted(document, sections).document, 0, plan, databaseUrl, misconfigured)

function appOrThrow(...args: Parameters<typeof app>): App {
  const found = app(...args)
  if (!found.ok) throw new Error(found.error.message)
  return found.value
}

describe('the app of a document', () => {
  it('has the tenant that gears see', () => {
    expect(appOrThrow(fuller).tenant).toEqual({
      appId: '5a0d...',
      appName: 'myapp',
      schema: 'app',
      databaseUrl: 'postgres://u@db/skygear',
      masterKey: 'mk-3f2c',
      clients: [{ id: 'web-client' }],
      developmentMode: true,
      signingKeys: [{ kid: 'k1', privateKey: 'PEM', publicKey: 'PEM' }],
      sessionSecret: 's1',
      hookSecret: 's2',
      assetSecret: 's3',
      passwordPolicy: expect.objectContaining({ min_length: 8, history_size: 5, expiry_days: 0 }),
      messaging: expect.objectContaining({
        appName: 'myapp',
        displayName: 'My App',
        smtp: { host: 'smtp.example', port: 587, mode: 'ssl', login: 'l', password: 'p' },
        templates: [expect.objectContaining({ type: 'welcome_email.txt', language_tag: 'ja' })],
        verification: expect.objectContaining({
          criteria: 'all',
          keys: [expect.objectContaining({ key: 'email', type: 'email', code_format: 'numeric' })],
        }),
      }),
      verificationRequired: false,
      userKeys: [],
      sections: Object.assign(Object.create(null), { record: { development_mode: true } }),
    })
  })

  it('wants its users verified where the auth gear’s section says so', () => {
    const document = edited(minimal, '/gear_config', { auth: { verification_required: true } })
    const parsed = accepted(document, { auth: v.object({ verification_required: v.boolean() }) })
    const found = appOf(parsed.document, 0, everything, null, misconfigured)
    expect(found.ok && found.value.tenant.verificationRequired).toBe(true)
  })

  it('has the fields that identify users besides username and email', () => {
    const auth_record_keys = [['username'], ['phone'], ['company', 'number']]
    const document = edited(minimal, '/gear_config', { auth: { auth_record_keys } })
    const parsed = accepted(document, { auth: v.object({ auth_record_keys: v.array(v.array(v.string())) }) })
    const found = appOf(parsed.document, 0, everything, null, misconfigured)
    expect(found.ok && found.value.tenant.userKeys).toEqual([['phone'], ['company', 'number']])
  })

  it('takes a client’s id and its older API key both for an API key', () => {
    const clients = [
      { client_name: 'a', client_id: 'id-a', api_key: 'key-a' },
      { client_name: 'b', client_id: 'id-b' },
    ]
    const document = edited(
      edited(minimal, '/app_config/clients', clients),
      '/app_config/api_version',
      'v2.2',
    )
    const read = accepted(edited(document, '/api_version', 'v2.2')).document
    const found = appOf(read, 0, everything, null, misconfigured)
    expect(found.ok && found.value.tenant.clients.map(({ id }) => id)).toEqual(['id-a', 'key-a', 'id-b'])
  })

  it('lives in the document’s database, else in the cluster’s', () => {
    expect(appOrThrow(minimal, { databaseUrl: 'postgres://cluster/db' }).tenant.databaseUrl).toBe(
      'postgres://u@db/skygear',
    )
    const homeless = edited(minimal, '/database_config/database_url')
    expect(appOrThrow(homeless, { databaseUrl: 'postgres://cluster/db' }).tenant.databaseUrl).toBe(
      'postgres://cluster/db',
    )
    expect(app(homeless)).toMatchObject({
      ok: false,
      error: { name: 'NotConfigured', info: { path: '/database_config/database_url' } },
    })
  })

  it('has a schema that Postgres does not cut: 63 bytes, not characters', () => {
    const named = (schema: string) => edited(minimal, '/database_config/database_schema', schema)
    expect(appOrThrow(named('s'.repeat(63))).tenant.schema).toBe('s'.repeat(63))
    expect(appOrThrow(named('é'.repeat(31))).tenant.schema).toBe('é'.repeat(31))
    for (const schema of ['s'.repeat(64), 'é'.repeat(32)])
      expect(faultOf(named(schema), sections)).toMatchObject({ path: '/database_config/database_schema' })
  })

  it('is in development mode as its record section says, and not without one', () => {
    const mode = (value: boolean) => edited(minimal, '/gear_config', { record: { development_mode: value } })
    expect(appOrThrow(mode(true)).tenant.developmentMode).toBe(true)
    expect(appOrThrow(mode(false)).tenant.developmentMode).toBe(false)
    const unread = appOf(accepted(mode(true)).document, 0, everything, null, misconfigured)
    expect(unread.ok && unread.value.tenant.developmentMode).toBe(false)
  })

  it('is timed where its document asks for it', () => {
    expect(appOrThrow(minimal).isTimed).toBe(false)
    expect(appOrThrow(edited(minimal, '/server_timing', true)).isTimed).toBe(true)
  })
})

describe('an app', () => {
  const record = gear({ name: 'record', actions: {} })
  const status = gear({ name: '_status', always: true, actions: {} })
  const only = (...gears: readonly string[]): Plan => ({ name: 'p', gears: new Set(gears), limits: {} })
  const runs = (gears: Readonly<Record<string, string>>) => edited(minimal, '/gears', gears)

  it.each([
    ['by a plan that names no gears', minimal, everything],
    ['by a plan that names it', minimal, only('auth', 'record')],
    ['live', runs({ record: 'live' }), everything],
    ['in its previous version', runs({ record: 'previous' }), everything],
    ['in its nightly version', runs({ record: 'nightly' }), everything],
    ['whatever the version of another gear', runs({ auth: 'suspended' }), everything],
  ])('has a gear %s', (_, document, plan) => {
    expect(admits(appOrThrow(document, { plan }), record)).toEqual({ ok: true, value: undefined })
  })

  it.each([
    ['by a plan without it', minimal, only('auth')],
    ['by a plan without any', minimal, only()],
    ['where it is suspended', runs({ record: 'suspended' }), everything],
    ['in a version that nobody knows', runs({ record: 'Live' }), everything],
    ['in an empty version', runs({ record: '' }), everything],
    ['by a plan without it, though a version runs', runs({ record: 'live' }), only('auth')],
  ])('has no gear %s: 102', (_, document, plan) => {
    const admitted = admits(appOrThrow(document, { plan }), record)
    expect(admitted).toMatchObject({ ok: false, error: { name: 'PermissionDenied' } })
  })

  it('has the gears that are part of every app, whatever plan and versions say', () => {
    expect(admits(appOrThrow(runs({ _status: 'suspended' }), { plan: only() }), status).ok).toBe(true)
  })

  it('runs a gear live whose name is also a property of every object', () => {
    expect(admits(appOrThrow(minimal), gear({ name: 'constructor', actions: {} })).ok).toBe(true)
  })
})
