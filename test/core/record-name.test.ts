import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatRecordId,
  isRecordName,
  isStorable,
  parseRecordId,
  utf8Bytes,
} from '../../src/core/record/name.ts'
import { anyText } from '../support/text.ts'

const NAMES = [
  'note',
  'Note',
  'a b',
  'naïve',
  '日記',
  'a"b',
  "a'b",
  'a.b',
  'constructor',
  '😀',
  'a_b',
  'select',
  '1',
]
const NO_NAMES = ['', '_', '_note', '__proto__', 'a\u0000b', 'a\ud800', '\udc00a']

describe('a record name', () => {
  it.each(NAMES)('can be %j', (name) => expect(isRecordName(name)).toBe(true))
  it.each(NO_NAMES)('cannot be %j', (name) => expect(isRecordName(name)).toBe(false))

  it('has at most the 63 bytes of an identifier, not characters', () => {
    expect(isRecordName('a'.repeat(63))).toBe(true)
    expect(isRecordName('a'.repeat(64))).toBe(false)
    expect(isRecordName('é'.repeat(31))).toBe(true)
    expect(isRecordName('é'.repeat(32))).toBe(false)
  })
})

const IDS: readonly (readonly [id: string, type: string, key: string])[] = [
  ['note/n1', 'note', 'n1'],
  ['note/a/b', 'note', 'a/b'],
  ['note//', 'note', '/'],
  ['note/_x', 'note', '_x'],
  ['user/日 本', 'user', '日 本'],
  [`note/${'k'.repeat(1024)}`, 'note', 'k'.repeat(1024)],
]
const NO_IDS: readonly unknown[] = [
  undefined,
  null,
  1,
  {},
  ['note/n1'],
  '',
  '/',
  'note',
  'note/',
  '/n1',
  '_note/n1',
  'note/a\u0000b',
  'note/\ud83d',
  `${'t'.repeat(64)}/n1`,
  `note/${'k'.repeat(1025)}`,
  `note/${'é'.repeat(513)}`,
]

describe('a record id', () => {
  it.each(IDS)('%s is of type %s with key %s', (id, type, key) => {
    expect(parseRecordId(id)).toEqual({ type, key })
  })
  it.each(NO_IDS)('is not %j', (id) => expect(parseRecordId(id)).toBeNull())

  it('comes back as it went, for every type and key', () => {
    const type = anyText({ maxLength: 20 }).filter((t) => isRecordName(t) && !t.includes('/'))
    const key = anyText({ minLength: 1, maxLength: 40 }).filter(isStorable)
    fc.assert(
      fc.property(type, key, (t, k) => {
        expect(parseRecordId(formatRecordId({ type: t, key: k }))).toEqual({ type: t, key: k })
      }),
    )
  })
})

it('counts bytes as UTF-8 has them', () => {
  expect([utf8Bytes(''), utf8Bytes('a'), utf8Bytes('é'), utf8Bytes('日'), utf8Bytes('😀')]).toEqual([
    0, 1, 2, 3, 4,
  ])
})
