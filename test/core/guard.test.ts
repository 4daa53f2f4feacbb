import { describe, expect, it } from 'vitest'
import type { Caller } from '../../src/core/caller.ts'
import { guard } from '../../src/core/guard.ts'

const heads = [
  { name: 'core', version: 1_763_596_800 },
  { name: 'record', version: 1_763_596_802 },
]
const nobody: Caller = { key: 'client', clientId: 'c', user: null }
const master: Caller = { key: 'master', clientId: null, user: { id: '_god', sessionId: null } }
const ana: Caller = { key: 'client', clientId: 'c', user: { id: 'u-1', sessionId: 's-1' } }
const check = (caller: Caller, schema = 'app_x') => guard(heads)(schema, caller)

describe('the first check of a transaction', () => {
  it.each([
    ['anonymous', nobody, null, null],
    ['the master key', master, null, '_god'],
    ['a user', ana, 's-1', 'u-1'],
  ])(
    'is one call that judges the schema’s versions and the session of %s, as parameters',
    (_, caller, ...who) => {
      expect(check(caller)).toEqual({
        name: '"app_x"."_core_guard"',
        values: ['{"core":1763596800,"record":1763596802}', ...who, null, null],
      })
    },
  )

  it('requires the tables to be as they are known', () => {
    const tables = new Map([
      ['note', '17'],
      ['city', null],
    ])
    expect(guard(heads)('app_x', ana, tables).values.slice(3)).toEqual([
      ['note', 'city'],
      ['17', null],
    ])
  })

  it('keeps to the schema it is given', () => {
    expect(check(ana, 'a"b').name).toBe('"a""b"."_core_guard"')
  })
})
