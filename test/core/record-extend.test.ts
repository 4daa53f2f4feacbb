import { describe, expect, it } from 'vitest'
import {
  extendStatement,
  mayNotExtend,
  missingFrom,
  wantedBy,
  type Wanted,
} from '../../src/core/record/extend.ts'
import { decodeFields, type Fields } from '../../src/core/record/fields.ts'
import type { KnownTypes } from '../../src/core/record/types.ts'

const date = { $type: 'date', $date: '2026-07-01T00:00:00Z' }
const seq = { $type: 'seq' }
const ref = (id: string) => ({ $type: 'ref', $id: id })

function note(wire: Readonly<Record<string, unknown>>, type = 'note'): { type: string; fields: Fields } {
  const fields = decodeFields(wire)
  if (!fields.ok) throw new Error(fields.error.message)
  return { type, fields: fields.value }
}
const plain = (wanted: Wanted | null) =>
  wanted && Object.fromEntries([...wanted].map(([type, columns]) => [type, { ...columns }]))
const wants = (columns: Readonly<Record<string, string>>): Wanted => new Map([['note', columns]])
const has = (columns: Readonly<Record<string, string>>): KnownTypes =>
  new Map([['note', { fingerprint: 'f', columns }]])
const conflict = (message: string) => ({ ok: false, error: { name: 'IncompatibleSchema', message } })

describe('what records want of the schema', () => {
  it.each([
    ['nothing of no record', [], {}],
    ['a table even without columns', [note({})], { note: {} }],
    ['no column for a null', [note({ a: null })], { note: {} }],
    ['no column for an unknown', [note({ a: { $type: 'unknown' } })], { note: {} }],
    [
      'the sum of them',
      [note({ a: 'x' }), note({ b: true }), note({ a: null })],
      { note: { a: 'string', b: 'boolean' } },
    ],
    [
      'a table for each type',
      [note({ a: 1 }), note({ a: 'x' }, 'page')],
      { note: { a: 'number' }, page: { a: 'string' } },
    ],
    [
      'a sequence where one asks for it first',
      [note({ a: seq }), note({ a: 3 })],
      { note: { a: 'sequence' } },
    ],
    [
      'a sequence where one asks for it last',
      [note({ a: 3 }), note({ a: seq })],
      { note: { a: 'sequence' } },
    ],
    ['a column called constructor', [note({ constructor: 'x' })], { note: { constructor: 'string' } }],
    [
      'a column called toString, twice',
      [note({ toString: 1 }), note({ toString: 2 })],
      { note: { toString: 'number' } },
    ],
  ])('is %s', (_, records, wanted) => {
    const answer = wantedBy(records)
    expect(answer.ok && plain(answer.value)).toEqual(wanted)
  })

  it.each([
    ['a number and a text', 1, 'x', 'note.a is number, not string'],
    ['a date and a text', date, 'x', 'note.a is datetime, not string'],
    ['references to two types', ref('page/1'), ref('user/1'), 'note.a is ref(page), not ref(user)'],
    ['a sequence and a text', seq, 'x', 'note.a is sequence, not string'],
  ])('cannot be %s in one field', (_, first, second, message) => {
    expect(wantedBy([note({ a: first }), note({ a: second })])).toEqual(conflict(message))
  })
})

describe('what the schema lacks', () => {
  it.each([
    ['nothing where all is there', has({ a: 'string', b: 'json' }), wants({ a: 'string' }), null],
    ['nothing where a number meets an integer', has({ a: 'integer' }), wants({ a: 'number' }), null],
    ['nothing where a number meets a sequence', has({ a: 'sequence' }), wants({ a: 'number' }), null],
    ['nothing where a sequence meets a number', has({ a: 'number' }), wants({ a: 'sequence' }), null],
    [
      'the columns that are not there',
      has({ a: 'string' }),
      wants({ a: 'string', b: 'json' }),
      { note: { b: 'json' } },
    ],
    [
      'a table that is not there',
      new Map([['note', null]]),
      wants({ a: 'string' }),
      { note: { a: 'string' } },
    ],
    ['a table nobody knows of, without columns', new Map(), wants({}), { note: {} }],
    [
      'a column called constructor',
      has({}),
      wants({ constructor: 'string' }),
      { note: { constructor: 'string' } },
    ],
    [
      'a column called valueOf',
      has({ a: 'json' }),
      wants({ valueOf: 'json' }),
      { note: { valueOf: 'json' } },
    ],
  ])('is %s', (_, known, wanted, missing) => {
    const answer = missingFrom(known, wanted)
    expect(answer.ok && plain(answer.value)).toEqual(missing)
  })

  it.each([
    ['string', 'number'],
    ['number', 'boolean'],
    ['location', 'geometry'],
    ['ref(page)', 'ref(user)'],
    ['ref(page)', 'string'],
    ['datetime', 'string'],
    ['unknown(money)', 'number'],
  ])('is never a column that is %s where %s is wanted', (is, wanted) => {
    expect(missingFrom(has({ a: is }), wants({ a: wanted }))).toEqual(
      conflict(`note.a is ${is}, not ${wanted}`),
    )
  })

  it('is made by one statement in the tenant’s schema', () => {
    const { text, values } = extendStatement({ schema: 'app_x', userKeys: [] }, wants({ 'a"b': 'string' }))
    expect(text).toBe('select "app_x"."_record_extend"($1::jsonb)')
    expect(values).toEqual(['{"note":{"a\\"b":"string"}}'])
  })

  it('is named to a caller who may not make it', () => {
    const missing: Wanted = new Map([
      ['note', { a: 'string', b: 'json' }],
      ['page', {}],
    ])
    expect(mayNotExtend(missing)).toMatchObject({
      name: 'IncompatibleSchema',
      message: expect.stringContaining('note: a: b; page'),
    })
  })
})
