import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldLoginId, isLoginId, ownKeys } from '../../src/core/login-id.ts'
import { anyText } from '../support/text.ts'

describe('a login id', () => {
  it.each([
    ['username', 'Ana', 'ana'],
    ['email', 'Ana@Example.COM', 'ana@example.com'],
    ['username', 'ＡＮＡ', 'ana'],
    ['username', 'ﬁne', 'fine'],
    ['username', 'e\u0301', '\u00e9'],
    ['username', 'É', 'é'],
    ['username', 'Κ', 'κ'],
    ['username', 'K', 'k'], // the Kelvin sign
    ['username', ' ana ', ' ana '],
    ['username', 'J\u030c', '\u01f0'], // no capital of one character, but a small one
  ])('of key %s that reads %j is found as %j', (key, given, folded) => {
    expect(foldLoginId(key, given)).toBe(folded)
  })

  it.each(['phone', 'Username', 'handle', '', 'constructor'])(
    'of an app’s own key %j is taken as it is',
    (key) => {
      expect(foldLoginId(key, 'ＡＮＡ')).toBe('ＡＮＡ')
    },
  )

  it('of one form stays in it, so that what was folded once is found again', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const once = foldLoginId('username', text)
        expect(foldLoginId('username', once)).toBe(once)
      }),
      { numRuns: 300 },
    )
  })
})

describe('the lists of fields by which an app knows its users', () => {
  it.each([
    ['username and email by themselves', [['username'], ['email']], [], ['username', 'email']],
    ['none of both', [['phone']], [['phone']], ['username', 'email']],
    ['both together', [['username', 'email']], [['username', 'email']], []],
    [
      'one by itself and one with another',
      [['username'], ['email', 'phone']],
      [['email', 'phone']],
      ['username'],
    ],
    ['one by itself and again', [['username', 'phone'], ['username']], [], ['username', 'email']],
  ])('that have %s', (_, lists, own, loginIds) => {
    expect(ownKeys(lists)).toEqual(own)
    expect(['username', 'email', 'phone'].filter((field) => isLoginId(ownKeys(lists), field))).toEqual(
      loginIds,
    )
  })
})
