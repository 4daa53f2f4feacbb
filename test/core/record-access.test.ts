import { sql } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { mayAccess, parseAccess } from '../../src/core/record/access.ts'
import { compile } from '../../src/core/sql.ts'

/** v1 protocol, section 5.8: [as sent, as stored]. */
const ACCEPTED: readonly (readonly [wire: unknown, stored: unknown])[] = [
  [undefined, null],
  [null, null],
  [[], []],
  [[{ level: 'read', public: true }], [{ level: 'read', public: true }]],
  [[{ level: 'write', role: 'Admin' }], [{ level: 'write', role: 'Admin' }]],
  [[{ level: 'read', user_id: 'u-1' }], [{ level: 'read', user_id: 'u-1' }]],
  [[{ level: 'read', relation: 'friend' }], [{ level: 'read', relation: 'friend' }]],
  [[{ level: 'read', public: false }], [{ level: 'read' }]],
  [[{ level: 'read', public: false, role: 'a' }], [{ level: 'read', role: 'a' }]],
  [[{ level: 'read', public: null, role: 'a', user_id: null }], [{ level: 'read', role: 'a' }]],
  [
    [{ level: 'write', public: true, role: 'a', user_id: 'u', relation: '$direct' }],
    [{ level: 'write', public: true, role: 'a', user_id: 'u', relation: '$direct' }],
  ],
  [
    [
      { level: 'read', public: true },
      { level: 'write', role: 'a' },
    ],
    [
      { level: 'read', public: true },
      { level: 'write', role: 'a' },
    ],
  ],
]

const REFUSED: readonly unknown[] = [
  'public',
  {},
  { level: 'read', public: true },
  1,
  false,
  [null],
  ['read'],
  [[]],
  [{}],
  [{ level: 'read' }],
  [{ public: true }],
  [{ level: 'Read', public: true }],
  [{ level: '', public: true }],
  [{ level: 'admin', public: true }],
  [{ level: ['read'], public: true }],
  [{ level: 'read', public: 1 }],
  [{ level: 'read', public: 'true' }],
  [{ level: 'read', role: 5 }],
  [{ level: 'read', role: '' }],
  [{ level: 'read', user_id: null }],
  [{ level: 'read', user_id: 'u\u0000' }],
  [{ level: 'read', role: '\ud800' }],
  [{ level: 'read', public: true }, { level: 'read' }],
]

describe('the access of a record to save', () => {
  it.each(ACCEPTED)('%j is kept as %j', (wire, stored) => {
    expect(parseAccess(wire)).toEqual({ ok: true, value: stored })
  })
  it.each(REFUSED)('is not %j', (wire) => {
    expect(parseAccess(wire)).toEqual({ ok: false, error: expect.stringContaining('_access') })
  })
})

describe('access to a row, as SQL', () => {
  const text = (level: 'read' | 'write', user: string | null, type = 'note') => {
    const condition = mayAccess(sql`r`, level, user === null ? null : sql`${user}`, type)
    return compile('app_x', condition).text.replaceAll(/\s+/g, ' ')
  }

  const granted = (user: string, level: string) =>
    `r."_access" @> any ((select "app_x"."_record_grants"(${user}, '${level}'))::jsonb[])`

  it('is everybody’s where the row has no entries or one that grants it to anybody', () => {
    expect(text('read', null)).toBe(`(r."_access" is null or ${granted('null', 'read')})`)
    expect(text('write', null)).toBe(`(r."_access" is null or ${granted('null', 'write')})`)
  })

  it('is also the owner’s, and whoever’s an entry names', () => {
    expect(text('read', 'u')).toBe(`(r."_access" is null or r."_owner_id" = $1 or ${granted('$2', 'read')})`)
  })

  it('is not everybody’s to write a user record without entries', () => {
    expect(text('write', 'u', 'user')).not.toContain('is null')
    expect(text('read', 'u', 'user')).toContain('"_access" is null')
    expect(text('write', 'u', 'users')).toContain('"_access" is null')
  })
})
