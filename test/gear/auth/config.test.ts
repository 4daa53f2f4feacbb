import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { authSection } from '../../../src/gear/auth/config.ts'

const judge = (section: object) => v.safeParse(authSection.schema, section)

describe('gear_config.auth', () => {
  it('knows users by username and by email where it says nothing', () => {
    expect(judge({}).output).toEqual({
      token_expiry: 0,
      auth_record_keys: [['username'], ['email']],
      password_excluded_fields: [],
    })
  })

  it.each([
    ['one list', [['phone']]],
    ['fields together', [['company', 'number'], ['username']]],
    ['a name as SQL would have it', [['"; drop table "user"; --']]],
  ])('takes %s', (_, auth_record_keys) => {
    expect(judge({ auth_record_keys }).success).toBe(true)
  })

  it.each([
    ['no list', []],
    ['an empty list', [[]]],
    ['a reserved field', [['_id']]],
    ['a field twice', [['phone', 'phone']]],
    ['a username with something else', [['username', 'company']]],
    ['more than Postgres can name', [['a'.repeat(30), 'b'.repeat(30)]]],
    ['nine lists', Array.from({ length: 9 }, (_, i) => [`f${i}`])],
    ['a text', 'username'],
  ])('refuses %s', (_, auth_record_keys) => {
    expect(judge({ auth_record_keys }).success).toBe(false)
  })

  it('refuses an empty secret, with which anybody could sign', () => {
    expect(judge({ custom_token_secret: '' }).success).toBe(false)
  })
})
