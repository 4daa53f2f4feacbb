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
    const place = `host:${app.host}`
    const document = await env.TENANTS.get<{ gear_config: Json }>(place, 'json')
    const auth = { verification_criteria: ['phone'] }
    const gear_config = { ...document?.gear_config, auth }
    await env.TENANTS.put(place, JSON.stringify({ ...document, gear_config }))
    const stricter = app.reopen()
    await stricter.call('user:verify_request', { args: { record_key: 'email' } }, ben)
    expect(await flagsOf(stricter, ana)).toEqual([true, false, false])
  })
})

describe('verification_auto_update: false', () => {
  const appOf = () => mailApp({}, { verification_auto_update: false, verification_required: true })

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
})
