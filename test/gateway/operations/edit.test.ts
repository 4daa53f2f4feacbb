import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDocument } from '../../../src/gateway/document/parse.ts'
import { edit, suspension, valueFrom, type Edits } from '../../../src/gateway/operations/edit.ts'
import { at, edited, fuller, minimal } from '../document.fixture.ts'

const editedBy = (document: unknown, ...edits: Edits) => {
  const outcome = edit(document, edits, {})
  if (!outcome.ok) throw new Error(outcome.error.message)
  return outcome.value
}

describe('setting a key', () => {
  it.each([
    ['by a dotted path', 'app_config.cors.origin', '*', '/app_config/cors/origin'],
    ['by a JSON pointer', '/app_config/cors/origin', '*', '/app_config/cors/origin'],
    ['in a list', 'app_config.clients.0.client_name', 'b', '/app_config/clients/0/client_name'],
    ['that is new at the end of a list', 'hooks.-', { event: 'e', url: 'u' }, '/hooks/1'],
    ['with a slash in it', '/gears/a~1b', 'live', '/gears/a~1b'],
    ['below objects that are not there', 'gear_config.x.y', 1, '/gear_config/x/y'],
    ['whose name JavaScript has too', 'gears.constructor', 'nightly', '/gears/constructor'],
    ['that is called __proto__', 'gear_config.__proto__', {}, '/gear_config/__proto__'],
  ])('%s', (_, key, value, pointer) => {
    const { document } = editedBy(fuller, [key, value])
    expect(JSON.stringify(document)).not.toBe(JSON.stringify(fuller))
    const place = pointer
      .slice(1)
      .split('/')
      .map((each) => each.replace('~1', '/'))
    const found = place.reduce<unknown>(
      (inner, each) => Object.getOwnPropertyDescriptor(Object(inner), each)?.value,
      document,
    )
    expect(found).toEqual(value)
  })

  it('to nothing takes it away, in lists too', () => {
    expect(at(editedBy(fuller, ['hooks.0', undefined]).document, '/hooks')).toEqual([])
    expect(editedBy(fuller, ['app_config.smtp', undefined]).document).toEqual(
      edited(fuller, '/app_config/smtp'),
    )
  })

  it('leaves the given document as it was', () => {
    const before = JSON.stringify(fuller)
    editedBy(fuller, ['app_config.cors.origin', '*'])
    expect(JSON.stringify(fuller)).toBe(before)
  })

  it.each([
    ['no key', '', 'x', /names no key/],
    ['an empty step', 'a..b', 'x', /names no key/],
    ['the whole document', '/', {}, /names no key/],
    ['a key below a text', 'app_name.x', 'x', /no object above x/],
    ['an item far beyond a list', 'hooks.7', {}, /a list of 1 has no item 7/],
    ['a name in a list', 'hooks.push', {}, /no item push/],
    ['a value of a wrong type', 'app_config.master_key', 7, /\/app_config\/master_key must be a string/],
    [
      'an unknown key of a closed object',
      'app_config.colour',
      'x',
      /\/app_config\/colour is not a known key/,
    ],
    ['a rule between keys', 'app_config.master_key', 'web-client', /must not be same as client_id/],
    ['a required key taken away', 'app_id', undefined, /\/app_id is required/],
    ['what a listing showed of a secret', 'app_config.master_key', '•••wxyz', /masked secret/],
  ])('is refused for %s', (_, key, value, message) => {
    expect(edit(fuller, [[key, value]], {})).toMatchObject({
      ok: false,
      error: { name: 'InvalidArgument', message: expect.stringMatching(message) },
    })
  })

  it('shows the difference, and of secrets only that there is one', () => {
    const { changes } = editedBy(
      fuller,
      ['app_config.cors.origin', '*'],
      ['app_config.master_key', 'another'],
      ['plan', 'paid'],
      ['app_config.smtp', undefined],
    )
    expect(changes).toEqual([
      { path: '/app_config/master_key', before: '•••', after: '•••' },
      { path: '/app_config/cors/origin', before: '*.myapp.example,localhost:3000', after: '*' },
      {
        path: '/app_config/smtp',
        before: { host: 'smtp.example', port: 587, mode: 'ssl', login: 'l', password: '•••' },
      },
      { path: '/plan', after: 'paid' },
    ])
  })

  it('to what it is changes nothing', () => {
    expect(editedBy(fuller, ['app_name', 'myapp']).changes).toEqual([])
    expect(editedBy(minimal, ...suspension(false)).changes).toEqual([])
    const asleep = editedBy(minimal, ...suspension(true)).document
    expect(editedBy(asleep, ...suspension(true)).changes).toEqual([])
    expect(editedBy(asleep, ...suspension(false)).document).toEqual(minimal)
  })

  it('mends a document that was broken', () => {
    const broken = edited(minimal, '/app_config/hook')
    expect(editedBy(broken, ['app_config.hook.secret', 's']).document).toMatchObject({ app_name: 'myapp' })
  })
})

it.each([
  ['true', true],
  ['7', 7],
  ['"7"', '7'],
  ['{"a":[1]}', { a: [1] }],
  ['a text', 'a text'],
  ['', ''],
  ['{a}', '{a}'],
])('what a person types is JSON, or text: %s', (text, value) => {
  expect(valueFrom(text)).toEqual(value)
})

const places = (value: unknown, path = ''): string[] =>
  typeof value === 'object' && value !== null
    ? [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, `${path}/${key}`))]
    : [path]
const key = fc.oneof(
  fc.constantFrom(...places(fuller).slice(1)),
  fc.string(),
  fc.array(fc.constantFrom('app_config', 'gears', '0', '-', '__proto__', 'x')).map((keys) => keys.join('.')),
)
const value = fc.option(fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom('x', 7, {}, [])), {
  nil: undefined,
})

it('no edit makes a document that does not parse, and none that is accepted can be told from its text', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, value), { maxLength: 4 }), (edits) => {
      const outcome = edit(fuller, edits, {})
      if (!outcome.ok) return
      const { document } = outcome.value
      expect(parseDocument(document, {}).ok).toBe(true)
      expect(parseDocument(JSON.parse(JSON.stringify(document)), {}).ok).toBe(true)
    }),
    { numRuns: 500 },
  )
})
