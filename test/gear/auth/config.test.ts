import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { authSection } from '../../../src/gear/auth/config.ts'

const judge = (section: object) => v.safeParse(authSection.schema, section)

describe('gear_config.auth', () => {
  it('knows users by username and by email where it says nothing', () => {
    expect(judge({}).output).toMatchObject({
      token_expiry: 0,
      auth_record_keys: [['username'], ['email']],
      limits: { login: {}, signup: {}, recovery: {}, verification: {}, code: {}, discovery: {} },
      verification_required: false,
      verification_auto_update: true,
      verification_auto_send_on_update: false,
      password_excluded_fields: [],
      audit_days: 90,
    })
  })

  it.each([
    ['one list', [['phone']]],
    ['fields together', [['company', 'number'], ['username']]],
    ['a username with something else', [['username', 'company']]],
    ['a name as SQL would have it', [['"; drop table "user"; --']]],
  ])('takes %s', (_, auth_record_keys) => {
    expect(judge({ auth_record_keys }).success).toBe(true)
  })

  it.each([
    ['no list', []],
    ['an empty list', [[]]],
    ['a reserved field', [['_id']]],
    ['a field twice', [['phone', 'phone']]],
    ['more than Postgres can name', [['a'.repeat(30), 'b'.repeat(30)]]],
    ['nine lists', Array.from({ length: 9 }, (_, i) => [`f${i}`])],
    ['a text', 'username'],
  ])('refuses %s', (_, auth_record_keys) => {
    expect(judge({ auth_record_keys }).success).toBe(false)
  })

  it.each([
    'http://a.example/',
    'https://user:secret@a.example/',
    'ftp://a.example/',
    'a.example',
    'https://',
  ])('posts the audit trail to nobody at %s', (audit_url) => expect(judge({ audit_url }).success).toBe(false))

  it.each([-1, 3651, 1.5])('does not keep an audit trail for %d days', (audit_days) => {
    expect(judge({ audit_days }).success).toBe(false)
  })

  it('refuses an empty secret, with which anybody could sign', () => {
    expect(judge({ custom_token_secret: '' }).success).toBe(false)
  })

  it.each([
    ['a rate', { login: { address: { count: 5, seconds: 60 } } }],
    ['none', { signup: { address: null }, code: { account: null } }],
  ])('takes %s as a limit', (_, limits) => {
    expect(judge({ limits }).success).toBe(true)
  })

  it.each([
    ['of nothing', { count: 0, seconds: 60 }],
    ['of a part', { count: 1.5, seconds: 60 }],
    ['of no time', { count: 5, seconds: 0 }],
    ['of longer than a month', { count: 5, seconds: 31 * 24 * 60 * 60 }],
    ['without a time', { count: 5 }],
    ['that is a number', 5],
  ])('refuses a limit %s', (_, address) => {
    expect(judge({ limits: { login: { address } } }).success).toBe(false)
  })
})
