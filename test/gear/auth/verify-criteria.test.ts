import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { authOf, OK, outcome, type Credentials, type Json, type TestApp } from '../../support/app.ts'
import { mailApp, mailUser, type MailUser } from './mail-app.ts'

const PHONE = '+85298765432'

/** Sends the user a code for the field, and redeems it. */
async function prove(app: TestApp, record_key: string, as: MailUser) {
  expect(outcome(await app.call('user:verify_request', { args: { record_key } }, as))).toEqual(OK)
  const text = (record_key === 'phone' ? app.texts : app.mails).at(-1)?.text ?? ''
  const code = /(?:: |^)([0-9A-Z]{6,8})(?:\n| is)/.exec(text)?.[1] ?? ''
  expect(outcome(await app.call('user:verify_code', { args: { code } }, as))).toEqual(OK)
}
const flagsOf = async (app: TestApp, as: MailUser) => {
  const { profile } = authOf(await app.call('me', {}, as))
  return [profile['email_verified'], profile['phone_verified'], profile['is_verified']]
}
const save = (app: TestApp, { id }: MailUser, fields: Json, by: Credentials) =>
  app.call('record:save', { records: [{ _id: `user/${id}`, ...fields }] }, by)

/** Another isolate, for which the app verifies these fields and has these settings. */
async function changed(app: TestApp, keys: readonly string[], auth: Json): Promise<TestApp> {
  const place = `host:${app.host}`
  const document = await env.TENANTS.get<{ gear_config: Json; app_config: Json }>(place, 'json')
  const login_id_keys = keys.map((key) => ({ key, code_format: 'complex' }))
  const app_config = { ...document?.app_config, user_verification: { login_id_keys } }
  const gear_config = { ...document?.gear_config, auth }
  await env.TENANTS.put(place, JSON.stringify({ ...document, app_config, gear_config }))
  return app.reopen()
}

describe('verification_criteria (v1’s VERIFY_CRITERIA as a list)', () => {
  it('asks for each field that it names, and for no other', async () => {
    const app = await mailApp({}, { verification_criteria: ['phone'] })
    const ana = await mailUser(app, { phone: PHONE })
    await prove(app, 'email', ana)
    expect(await flagsOf(app, ana)).toEqual([true, false, false])
    await prove(app, 'phone', ana)
    expect(await flagsOf(app, ana)).toEqual([true, true, true])
    await save(app, ana, { email: `moved-${ana.email}` }, ana)
    expect(await flagsOf(app, ana)).toEqual([false, true, true])
  })

  it('is not met by a field that is empty', async () => {
    const app = await mailApp({}, { verification_criteria: ['email', 'phone'] })
    const ana = await mailUser(app)
    await prove(app, 'email', ana)
    expect(await flagsOf(app, ana)).toEqual([true, false, false])
  })

  it('takes effect for those who are there when the app changes it, with the next code', async () => {
    const app = await mailApp()
    const [ana, ben] = [await mailUser(app), await mailUser(app)]
    await prove(app, 'email', ana)
    expect(await flagsOf(app, ana)).toEqual([true, false, true])
    const stricter = await changed(app, ['email', 'phone'], { verification_criteria: ['phone'] })
    await stricter.call('user:verify_request', { args: { record_key: 'email' } }, ben)
    expect(await flagsOf(stricter, ana)).toEqual([true, false, false])
  })
})

it('forged flags: what an owner wrote before the app verified the field proves nothing', async () => {
  const app = await changed(await mailApp(), ['email'], {})
  const ana = await mailUser(app)
  await prove(app, 'email', ana)
  expect((await save(app, ana, { phone: PHONE, phone_verified: true }, ana)).status).toBe(200)
  const wider = await changed(app, ['email', 'phone'], { verification_criteria: ['phone'] })
  await prove(wider, 'email', await mailUser(wider))
  expect(await flagsOf(wider, ana)).toEqual([true, false, false])
})

describe('verification_auto_update: false', () => {
  const GATED = { verification_auto_update: false, verification_required: true }
  const appOf = () => mailApp({}, GATED)

  it('leaves is_verified to the master key; codes say what they prove and no more', async () => {
    const app = await mailApp({}, { verification_auto_update: false })
    const ana = await mailUser(app)
    await prove(app, 'email', ana)
    expect((await flagsOf(app, ana))[0]).toBe(true)
    expect((await flagsOf(app, ana))[2]).not.toBe(true)
    await save(app, ana, { is_verified: true, email_verified: false }, { key: app.masterKey })
    expect(await flagsOf(app, ana)).toEqual([true, false, true])
    await save(app, ana, { email: `moved-${ana.email}` }, ana)
    expect(await flagsOf(app, ana)).toEqual([false, false, true])
  })

  it('forged flags: is still nobody else’s to write', async () => {
    const app = await mailApp({}, { verification_auto_update: false })
    const ana = await mailUser(app, { is_verified: true })
    await save(app, ana, { is_verified: true, email_verified: true }, ana)
    expect(await flagsOf(app, ana)).toEqual([undefined, undefined, undefined])
  })

  it('lets in whom the app’s own server says is verified, and nobody else', async () => {
    const app = await appOf()
    const ana = await mailUser(app)
    const me = async () => outcome(await app.call('me', {}, ana)).status
    expect(await me()).toBe(403)
    await save(app, ana, { is_verified: true }, { key: app.masterKey })
    expect(await me()).toBe(200)
    await save(app, ana, { is_verified: false }, { key: app.masterKey })
    expect(await me()).toBe(403)
  })

  it('lets the app’s own server take it back after the app has changed which fields it verifies', async () => {
    const app = await appOf()
    const ana = await mailUser(app)
    await save(app, ana, { is_verified: true }, { key: app.masterKey })
    const fewer = await changed(app, ['email'], GATED)
    await fewer.call('user:verify_request', { args: { record_key: 'email' } }, await mailUser(fewer))
    const me = async () => outcome(await fewer.call('me', {}, ana)).status
    expect(await me(), 'who was verified still is').toBe(200)
    await save(fewer, ana, { is_verified: false }, { key: fewer.masterKey })
    expect(await me()).toBe(403)
  })

  it('lets it take back what was decided by hand while codes decided', async () => {
    const app = await mailApp({}, { verification_required: true })
    const ana = await mailUser(app)
    await app.sql(`update ${app.table('_core_user')} set manually_verified = true where id = $1`, [ana.id])
    const given = await changed(app, ['email'], GATED)
    await given.call('user:verify_request', { args: { record_key: 'email' } }, await mailUser(given))
    const me = async () => outcome(await given.call('me', {}, ana)).status
    await save(given, ana, { nick: 'Ana' }, { key: given.masterKey })
    expect(await me(), 'another field says nothing of it').toBe(200)
    await save(given, ana, { is_verified: false }, { key: given.masterKey })
    expect(await me()).toBe(403)
  })

  it('believes whom an adoption has found verified, until the app’s own server says otherwise', async () => {
    const adopted = await mailApp({ user_verification: {} })
    const ana = await mailUser(adopted, { is_verified: true })
    await adopted.sql(`update ${adopted.table('_core_user')} set verified = true where id = $1`, [ana.id])
    const app = await changed(adopted, ['email'], GATED)
    await app.call('user:verify_request', { args: { record_key: 'email' } }, await mailUser(app))
    const me = async () => outcome(await app.call('me', {}, ana)).status
    expect(await me()).toBe(200)
    await save(app, ana, { is_verified: false }, { key: app.masterKey })
    expect(await me()).toBe(403)
  })

  it('forged flags: what owners wrote while the app verified nothing counts for nothing', async () => {
    const before = await mailApp({ user_verification: {} })
    const ana = await mailUser(before)
    expect(outcome(await save(before, ana, { is_verified: true }, ana)).status).toBe(200)
    const app = await changed(before, ['email'], GATED)
    const me = async () => outcome(await app.call('me', {}, ana)).status
    expect(await me()).toBe(403)
    await app.call('user:verify_request', { args: { record_key: 'email' } }, ana)
    expect(await me()).toBe(403)
    expect(await app.sql(`select is_verified from ${app.table('user')} where _id = $1`, [ana.id])).toEqual([
      { is_verified: false },
    ])
  })
})
