import { beforeAll, describe, expect, it } from 'vitest'
import { OK, outcome, type Json, type TestApp } from '../../support/app.ts'
import { mailApp } from './mail-app.ts'

let app: TestApp
beforeAll(async () => {
  app = await mailApp()
})
const ask = (action: string, args: Json, of: TestApp = app) =>
  of.call(action, { args }, { key: of.masterKey })

describe.each(['user:forgot-password:test', 'user:welcome-email:test'])('%s', (name) => {
  it('sends the app’s mail about nobody, and asks no database', async () => {
    const answer = await ask(name, { email: 'team@example.com' })
    expect(outcome(answer)).toEqual({ ...OK, trips: 0 })
    expect(answer.json).toEqual({ result: { status: 'OK' } })
    expect(app.mails.at(-1)).toMatchObject({
      to: 'team@example.com',
      text: expect.stringContaining('Notes & Co') as unknown,
      html: expect.stringContaining('Notes &amp; Co') as unknown,
    })
  })

  it('with other texts, sender and subject where they are given', async () => {
    await ask(name, {
      email: 'team@example.com',
      text_template: '{{appname}} {{user_id}} {{email}}',
      html_template: '<b>{{appname}}</b>',
      subject: 'A try',
      sender: 'try@notes.example',
      reply_to: 'help@notes.example',
    })
    expect(app.mails.at(-1)).toEqual({
      from: 'try@notes.example',
      replyTo: 'help@notes.example',
      to: 'team@example.com',
      subject: 'A try',
      text: 'Notes & Co dummy-id dummy-user@example.com',
      html: '<b>Notes &amp; Co</b>',
    })
  })

  it('refuses a text that is no template, and says which', async () => {
    const sent = app.mails.length
    const answer = await ask(name, { email: 'team@example.com', html_template: '{{#open}}' })
    expect(outcome(answer)).toMatchObject({ status: 400, code: 108 })
    expect(answer.text).toContain('html_template is no Mustache template')
    expect(app.mails).toHaveLength(sent)
  })

  it('says why the provider refused it', async () => {
    const broken = await mailApp({}, {}, { mailFault: 'smtp: AUTH was answered 535' })
    const answer = await ask(name, { email: 'team@example.com' }, broken)
    expect(outcome(answer)).toMatchObject({ status: 500, code: 10000 })
    expect(answer.text).toContain('smtp: AUTH was answered 535')
  })

  it('open relay: is for the master key alone', async () => {
    const sent = app.mails.length
    const answer = await app.call(name, { args: { email: 'victim@example.com' } })
    expect(outcome(answer)).toMatchObject({ status: 401, code: 103, trips: 0 })
    expect(app.mails).toHaveLength(sent)
  })
})

describe('user:verify_request:test', () => {
  const name = 'user:verify_request:test'

  it('sends a code that verifies nothing, by mail or by text message', async () => {
    const answer = await ask(name, { record_key: 'email', record_value: 'team@example.com' })
    expect(outcome(answer)).toEqual({ ...OK, trips: 0 })
    expect(answer.json).toEqual({})
    expect(app.mails.at(-1)?.to).toBe('team@example.com')
    await ask(name, { record_key: 'phone', record_value: '+85298765432' })
    expect(app.texts.at(-1)?.text).toMatch(/^\d{6} is your code for /)
  })

  it('refuses a field that the app does not verify, and an empty address', async () => {
    expect(outcome(await ask(name, { record_key: 'nick', record_value: 'a' }))).toMatchObject({ code: 108 })
    expect(outcome(await ask(name, { record_key: 'email', record_value: '' }))).toMatchObject({ code: 108 })
  })

  it('open relay: is for the master key alone', async () => {
    const answer = await app.call(name, { args: { record_key: 'email', record_value: 'victim@example.com' } })
    expect(outcome(answer)).toMatchObject({ status: 401, code: 103, trips: 0 })
  })
})
