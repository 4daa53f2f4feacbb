import { expect } from 'vitest'
import { failureNameOf } from '../../src/core/failure.ts'
import { failureBodyV2, type FailureV2 } from '../../src/core/failure-v2.ts'
import type { Json } from './app.ts'

/** Of an app in which no action is refused for want of a setting. */
export const EVERYTHING_CONFIGURED = {
  gear_config: {
    auth: {
      custom_token_secret: 'a shared secret',
      mail_api: { url: 'https://mail.example/send', auth_token: 'a mail secret' },
    },
  },
}

const MEGABYTE = 'x'.repeat(1024 * 1024)
const date = (text: string): string => `{"$type":"date","$date":"${text}"}`

/** JSON texts that are hardly ever what an input should be. */
export const BAD_VALUES: readonly string[] = [
  'null',
  'true',
  'false',
  '0',
  '-0',
  '-1',
  '1.5',
  '1e999',
  '-1e999',
  '9223372036854775808',
  '5e-324',
  '""',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udc00x"',
  '"\\u202e"',
  '"\\ufeff"',
  '" "',
  `"'; drop table note; --"`,
  '"\\""',
  '"\\\\"',
  '"%"',
  '"$1"',
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '"_id"',
  '"note/"',
  '"/1"',
  '"user/1"',
  '"_private"',
  '[]',
  '{}',
  '[[]]',
  '[null]',
  '[{}]',
  '[[[]]]',
  '["note/1"]',
  '[["eq"]]',
  '["eq",1,1]',
  `${'['.repeat(40)}${']'.repeat(40)}`,
  '{"__proto__":{"key":"master"}}',
  '{"constructor":{"prototype":{"key":"master"}}}',
  '{"\\u0000":1}',
  date('0000-01-01T00:00:00Z'),
  date('9999-12-31T23:59:60Z'),
  date('+275760-09-13T00:00:00Z'),
  date('2026-02-30T00:00:00Z'),
  date('9999-12-31T23:59:59-23:59'),
  '{"$type":"geo","$lng":1e999,"$lat":0}',
  '{"$type":"geo","$lng":181,"$lat":91}',
  '{"$type":"ref","$id":"nowhere/1"}',
  '{"$type":"ref","$id":"\\u0000/1"}',
  '{"$type":"keypath","$val":"\\u0000"}',
  '{"$type":"seq"}',
  '{"$type":"__proto__"}',
]

/** The same, by their size. */
export const HUGE_VALUES: readonly string[] = [
  `"${MEGABYTE}"`,
  `"note/${MEGABYTE}"`,
  `[${'0,'.repeat(100_000)}0]`,
  `[${'"note/1",'.repeat(1000)}"note/1"]`,
  `[${'{"_id":"note/1"},'.repeat(1000)}{"_id":"note/1"}]`,
]

/** Names of members that a careless server stumbles upon. */
export const BAD_NAMES: readonly string[] = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '"',
  "'; drop table note; --",
  '$1',
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'toString',
  'toJSON',
  'then',
  'ctid',
  'xmin',
  'tableoid',
  '_id',
  '_row',
  'x'.repeat(63),
  'x'.repeat(64),
  '語'.repeat(22),
  MEGABYTE,
]

const bytes = (...parts: readonly (string | number[])[]) =>
  new Uint8Array(
    parts.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : part)),
  )
/** Bodies that are no JSON object. */
export const MALFORMED: readonly [string, BodyInit][] = [
  ['cut off', '{"records":[{"_id":"note/2"}'],
  ['followed by another', '{}{}'],
  ['with a comment', '{/**/}'],
  ['with single quotes', "{'a':1}"],
  ['a form', 'record_type=note'],
  ['an array', '[{"record_type":"note"}]'],
  ['a string', '"record:query"'],
  ['a number', '1e999'],
  ['null', 'null'],
  ['NUL', '\u0000'],
  ['of invalid UTF-8', bytes('{"record_type":"', [0xff, 0xc0, 0xaf], '"}')],
  ['of half a surrogate pair', bytes('{"record_type":"', [0xed, 0xa0, 0x80], '"}')],
  ['in UTF-16', bytes([0xff, 0xfe, 0x7b, 0, 0x7d, 0])],
  ['nested 65 deep', `{"predicate":${'['.repeat(64)}${']'.repeat(64)}}`],
  ['nested a million deep', '{"a":'.repeat(1_000_000)],
  ['compressed without saying', bytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])],
]
export const TEN_MEGABYTES = `{"a":"${'x'.repeat(10_000_000)}"}`

const HOLE = '⟦bad⟧'
/** The same body with a hole in each place that it has, one at a time: give `fill` what stands there. */
export function holes(
  body: Json,
): readonly { readonly place: string; readonly fill: (raw: string) => string }[] {
  return placesOf(body, []).map((path) => {
    const [before = '', after = ''] = JSON.stringify(replaced(body, path)).split(`"${HOLE}"`)
    return { place: path.join('.'), fill: (raw: string) => `${before}${raw}${after}` }
  })
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const placesOf = (value: unknown, path: readonly string[]): (readonly string[])[] =>
  isObject(value)
    ? Object.entries(value).flatMap(([key, member]) => [[...path, key], ...placesOf(member, [...path, key])])
    : []

function replaced(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return HOLE
  if (Array.isArray(value))
    return value.map((member: unknown, i) => (String(i) === key ? replaced(member, rest) : member))
  const object = value as Json
  return { ...object, [key]: replaced(object[key], rest) }
}

/**
 * Judges an answer to bad input by the contract: a refusal in the envelope, of the caller's own doing and by a code of
 * the catalogue, or a success where the input was legal after all. True: refused, so that nothing may have changed.
 */
export function isRefused(status: number, text: string): boolean {
  const { error, result } = JSON.parse(text) as { error?: Json; result?: unknown }
  if (status === 200) {
    const items = (Array.isArray(result) ? result : []) as readonly Json[]
    const refused = items.filter((item) => item['_type'] === 'error')
    refused.forEach(expectCode)
    return items.length > 0 && refused.length === items.length
  }
  // 501: part of the contract that is still to come (README, "Not there yet").
  if (status !== 501) expect([status >= 400 && status < 500, status, text.slice(0, 500)]).toContain(true)
  if (error && 'reason' in error) expectReason(error, status)
  else expectCode(error ?? {})
  return true
}

/**
 * Judges any answer, which may have no envelope: a file's, a page's, v2's gateway's. It is not a fault of ours, and where
 * it speaks of a refusal in an envelope, by the contract.
 */
export async function expectBorne(response: Response, what: string): Promise<void> {
  response.webSocket?.accept()
  response.webSocket?.close()
  const text = await response.text()
  const { status } = response
  expect(status >= 500 && status !== 501 ? [what, status, text.slice(0, 500)] : null).toBeNull()
  if (text.startsWith('{') && response.headers.get('content-type')?.startsWith('application/json'))
    isRefused(status, text)
}

function expectCode(error: Json): void {
  expect(failureNameOf(Number(error['code']))).toBe(error['name'])
  expect(typeof error['message']).toBe('string')
}

/** A refusal in v2's words: of which the status is one (v2 reference, section 2.5). */
function expectReason({ reason, name, code, message }: Json, status: number): void {
  const known = failureBodyV2({ reason: reason as FailureV2['reason'], message: '' })
  expect([name, code, typeof message]).toEqual([known.name, status, 'string'])
}
