import { sql } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import type { Caller } from '../../src/core/caller.ts'
import { fieldAccess, parseRole, type FieldMode } from '../../src/core/record/field-access.ts'
import type { FieldRule, KnownTypes } from '../../src/core/record/types.ts'
import { compile } from '../../src/core/sql.ts'

const USER: Caller = { key: 'client', clientId: null, user: { id: 'u', sessionId: 's' } }
const NOBODY: Caller = { key: 'client', clientId: null, user: null }
const MASTER: Caller = { key: 'master', clientId: null, user: { id: '_god', sessionId: null } }

/** `note.title _owner wr`: type and field, role, and what is allowed. */
const rule = (text: string): FieldRule => {
  const [path = '', user_role = '', letters = ''] = text.split(' ')
  const [record_type = '', record_field = ''] = path.split('.')
  const [writable, readable, comparable, discoverable] = ['w', 'r', 'c', 'd'].map((l) =>
    letters.includes(l),
  ) as [boolean, boolean, boolean, boolean]
  return { record_type, record_field, user_role, writable, readable, comparable, discoverable }
}
const note = (...rules: readonly string[]): KnownTypes =>
  new Map([
    [
      'note',
      {
        fingerprint: 'f',
        columns: { title: 'string', by: 'string', list: 'json', whom: 'ref(user)', n: 'number' },
        access: { fields: rules.map(rule), creators: [], default: null },
      },
    ],
  ])
const grant = (types: KnownTypes, caller: Caller, mode: FieldMode = 'read', field = 'title') => {
  const granted = fieldAccess(types, caller).grant(sql`r`, 'note', field, mode)
  return typeof granted === 'string' ? granted : compile('s', sql`${granted}`).text
}

describe('what rules of field access allow', () => {
  it('is everything where there is none, for the master key, and for reserved fields', () => {
    expect(grant(note(), NOBODY, 'write')).toBe('always')
    expect(grant(note('note.other _owner '), NOBODY, 'write')).toBe('always')
    expect(grant(note('note.title _owner '), MASTER, 'write')).toBe('always')
    expect(grant(note('*.* _public '), NOBODY, 'read', '_owner_id')).toBe('always')
  })

  it('is nothing of a type that is not known', () => {
    expect(fieldAccess(note(), USER).grant(sql`r`, 'page', 'title', 'read')).toBe('never')
    expect(fieldAccess(new Map([['page', null]]), USER).grant(sql`r`, 'page', 'title', 'read')).toBe('never')
  })

  it('is nothing where there are rules and none is for the caller', () => {
    expect(grant(note('note.title _any_user wrcd'), NOBODY)).toBe('never')
    expect(grant(note('note.title nonsense wrcd'), USER)).toBe('never')
  })

  it.each<[FieldMode, string, string]>([
    ['read', 'r', 'wcd'],
    ['write', 'w', 'rcd'],
    ['compare', 'c', 'wrd'],
    ['discover', 'd', 'wr'],
    ['discover', 'c', 'wr'],
  ])('%s is what %s says, whatever %s say', (mode, by, others) => {
    expect(grant(note(`note.title _public ${by}`), USER, mode)).toBe('always')
    expect(grant(note(`note.title _public ${others}`), USER, mode)).toBe('never')
  })

  const WILD = ['note.title', 'note.*', '*.title', '*.*']
  it.each(WILD.slice(0, -1).map((path, i) => [path, WILD[i + 1]]))('asks %s before %s', (first, second) => {
    const types = note(`${second} _public r`, `${first} _public `)
    expect(grant(types, USER)).toBe('never')
    expect(grant(note(`${second} _public r`), USER)).toBe('always')
  })

  it.each<[string, string]>([
    ['_any_user', 'always'],
    ['_public', 'always'],
    ['_owner', `coalesce(r."_owner_id" = $1, false)`],
    ['_user_id:x', `$1 = 'x'`],
    ['_role:it’s', 'holders of the role'],
    ['_field:by', `coalesce(r."by"::text = $1, false)`],
    ['_field:whom', `coalesce(r."whom"::text = $1, false)`],
    ['_field:list', `coalesce(jsonb_typeof(r."list"::jsonb) = 'array' and r."list"::jsonb ? $1, false)`],
    ['_field:n', 'never'],
    ['_field:none', 'never'],
    ['_field:constructor', 'never'],
  ])('takes %s for %s', (role, text) => {
    const granted = grant(note(`note.title ${role} r`), USER)
    if (role.startsWith('_role:')) expect(granted).toContain(`_held.role_id = 'it’s'`)
    else expect(granted).toBe(text)
  })

  it('lets the first role that fits decide, in the order of kinds and then of names', () => {
    const decided = (...rules: readonly string[]) => grant(note(...rules.map((r) => `note.title ${r}`)), USER)
    expect(decided('_public r', '_any_user ')).toBe('never')
    expect(decided('_any_user r', '_owner ')).toBe('not coalesce(r."_owner_id" = $1, false)')
    expect(decided('_any_user r', '_owner r')).toBe('always')
    expect(decided('_public ', '_user_id:b r', '_user_id:a ')).toBe(`(not $1 = 'a' and $2 = 'b')`)
    expect(decided('_user_id:a r', '_owner r')).toBe(`(coalesce(r."_owner_id" = $1, false) or $2 = 'a')`)
  })

  it('has one shape for all users and another for nobody, and no value but the user', () => {
    const types = note('note.title _owner r')
    const { shape, values } = fieldAccess(types, USER)
    expect(fieldAccess(types, { ...USER, user: { id: 'v', sessionId: null } }).shape).toBe(shape)
    expect(values).toEqual({ fa_user: 'u' })
    const others = [NOBODY, MASTER].map((caller) => fieldAccess(types, caller))
    expect(new Set([shape, ...others.map((other) => other.shape)]).size).toBe(3)
    expect(others.map((other) => other.values)).toEqual([{}, {}])
    expect(fieldAccess(note('note.title _owner w'), USER).shape).not.toBe(shape)
  })

  it('knows the kinds of roles, and nothing else', () => {
    expect(parseRole('_field:a:b')).toEqual({ kind: '_field:', name: 'a:b' })
    expect(parseRole('_owner')).toEqual({ kind: '_owner', name: '' })
    expect(['_owner:x', 'Editor', '_role', '', '__proto__'].map(parseRole)).toEqual([
      null,
      null,
      null,
      null,
      null,
    ])
  })
})
