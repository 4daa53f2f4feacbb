import { beforeAll, describe, expect, it } from 'vitest'
import { OK, outcome, testApp, type TestApp } from '../../support/app.ts'
import { adminOf } from '../auth/roles.ts'
import { fieldsOf, firstOf, recordsOf } from './records.ts'
import { rule, schemasOf } from './schemas.ts'

describe('schema:field_access:update', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await testApp()
  })

  it('replaces every rule, and answers them in the order in which they are asked', async () => {
    const rules = [
      rule('*.*', '_public', 'rcd'),
      rule('note.*', '_role:b:c', 'r'),
      rule('note.*', '_role:a', 'r'),
      rule('note.*', '_owner', 'wr'),
      rule('*.title', '_any_user', 'r'),
      rule('note.title', '_user_id:u', ''),
      rule('aaa.title', '_field:readers', 'd'),
    ]
    const answer = await schemasOf(app, await adminOf(app)).setRules(rules)
    expect(outcome(answer)).toEqual(OK)
    const sorted = [6, 5, 3, 2, 1, 4, 0].map((i) => rules[i])
    expect(answer.json['result']).toEqual({ access: sorted })
    expect((await schemasOf(app).rules()).json['result']).toEqual({ access: sorted })
    await schemasOf(app).setRules([])
    expect((await schemasOf(app).rules()).json['result']).toEqual({ access: [] })
  })

  it('takes effect on the very next call of every isolate, which then makes one trip again', async () => {
    const user = await app.guest()
    const other = recordsOf(app.reopen(), user)
    await recordsOf(app, user).save({ _id: 'note/1', title: 'x', body: 'y' })
    const saved = async () => fieldsOf(firstOf(await other.save({ _id: 'note/1' })))
    expect(await saved()).toEqual({ title: 'x', body: 'y' })
    await schemasOf(app).setRules([rule('note.title', '_role:Editor', 'r')])
    expect(await saved()).toEqual({ body: 'y' })
    expect(outcome(await other.save({ _id: 'note/1' }))).toEqual(OK)
    await schemasOf(app).setRules([])
    expect(await saved()).toEqual({ title: 'x', body: 'y' })
  })

  it('leaves the rules of one of two replacements at once, never some of each', async () => {
    const sets = ['a', 'b', 'c', 'd'].map((field) => [
      rule(`note.${field}`, '_public', 'r'),
      rule('x.y', '_public', 'r'),
    ])
    const answers = await Promise.all(sets.map((rules) => schemasOf(app).setRules(rules)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    const { access } = (await schemasOf(app).rules()).json['result'] as { access: unknown[] }
    expect(sets).toContainEqual(access)
  })

  const whole = rule('note.title', '_public', 'r')
  it.each([
    undefined,
    null,
    {},
    [null],
    [{ ...whole, writable: undefined }],
    [{ ...whole, readable: 1 }],
    [{ ...whole, record_type: '_role' }],
    [{ ...whole, record_type: '' }],
    [{ ...whole, record_field: '_access' }],
    [{ ...whole, user_role: 'Editor' }],
    [{ ...whole, user_role: '_role:' }],
    [{ ...whole, user_role: '_public:x' }],
    [{ ...whole, user_role: '_PUBLIC' }],
    [whole, whole],
  ])('refuses %j', async (access) => {
    const answer = await app.call('schema:field_access:update', { access }, { key: app.masterKey })
    expect(outcome(answer)).toEqual({ status: 400, trips: 0, code: 108, info: { arguments: ['access'] } })
  })

  it('is an administrator’s, even in development mode', async () => {
    const user = await app.guest()
    expect(outcome(await schemasOf(app, user).setRules([]))).toEqual({ status: 403, trips: 1, code: 102 })
  })
})
