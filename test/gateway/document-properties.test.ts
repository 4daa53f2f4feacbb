import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { newDocument } from '../../src/gateway/document/compose.ts'
import { maskSecrets } from '../../src/gateway/document/mask.ts'
import { parseDocument, parseDocumentText, parseHostValue } from '../../src/gateway/document/parse.ts'
import { isAppName } from '../../src/gateway/hosts.ts'
import { edited, fuller } from './document.fixture.ts'

const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/s

/** Pointers to every place of a value, the outermost first. */
const places = (value: unknown, path = ''): string[] =>
  typeof value === 'object' && value !== null
    ? [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, `${path}/${key}`))]
    : [path]

const place = fc.constantFrom(...places(fuller))

it('any JSON value is a document or has a fault with a pointer; nothing throws', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      for (const parsed of [parseDocument(value, {}), parseHostValue(value, {})]) {
        if (!parsed.ok) expect(parsed.error.path).toMatch(POINTER)
      }
    }),
  )
})

it('nor does it when any place of a real document holds any JSON value', () => {
  fc.assert(
    fc.property(place, fc.jsonValue({ maxDepth: 4 }), (path, value) => {
      const parsed = parseDocument(edited(fuller, path, value), {})
      if (!parsed.ok) expect(parsed.error.path).toMatch(POINTER)
    }),
    { numRuns: 500 },
  )
})

it('any text is a document or has a fault', () => {
  fc.assert(fc.property(fc.string(), (text) => typeof parseDocumentText(text, {}).ok === 'boolean'))
})

const MARK = 'hush-7f3a'
/** The same value in which every text is a secret one. */
const marked = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, each: unknown) => (typeof each === 'string' ? MARK + each : each))
const broken = fc.oneof(
  fc.constantFrom<unknown>(
    MARK,
    [MARK],
    { [`x${MARK.length}`]: MARK },
    { secret: MARK },
    7,
    null,
    true,
    -1,
    1.5,
  ),
  fc.jsonValue({ maxDepth: 3 }).map(marked),
)

it('a fault tells no value of the document, wherever it is broken and whatever with', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(place, broken), { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      (breaks, all) => {
        let value: unknown = all ? marked(fuller) : fuller
        for (const [path, replacement] of breaks) {
          // An earlier break may have taken the place away.
          if (places(value).includes(path)) value = edited(value, path, replacement)
        }
        const parsed = parseDocument(value, {})
        if (!parsed.ok) expect(parsed.error.message).not.toContain(MARK)
      },
    ),
    { numRuns: 500 },
  )
})

it('text that is not JSON is not told either', () => {
  fc.assert(
    fc.property(fc.nat(JSON.stringify(marked(fuller)).length - 1), (length) => {
      const parsed = parseDocumentText(JSON.stringify(marked(fuller)).slice(0, length), {})
      expect(parsed).toEqual({ ok: false, error: { path: '', message: 'is not JSON' } })
    }),
  )
})

it('a composed document always parses, with its secrets masked for people', () => {
  const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/).filter(isAppName)
  const random = fc.infiniteStream(fc.stringMatching(/^[0-9a-f]{64}$/))
  fc.assert(
    fc.property(name, random, fc.boolean(), (name, stream, production) => {
      const given: string[] = []
      const document = newDocument({
        name,
        production,
        random: (bytes) => {
          const text = stream.next().value.slice(0, bytes * 2)
          given.push(text)
          return text
        },
      })
      const parsed = parseDocumentText(JSON.stringify(document), {})
      expect(parsed).toMatchObject({ ok: true, value: { document: { app_id: name } } })
      const shown = JSON.stringify(maskSecrets(document))
      const { client_id } = document.app_config.clients[0] ?? {}
      for (const text of given.filter((text) => text !== client_id)) expect(shown).not.toContain(text)
    }),
  )
})
