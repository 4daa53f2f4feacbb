import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sameSecret } from '../../src/core/secret.ts'
import { anyText } from '../support/text.ts'

describe('two secrets', () => {
  it.each([
    ['', '', true],
    ['a', 'a', true],
    ['a', '', false],
    ['', 'a', false],
    ['ab', 'aa', false],
    ['aa', 'a', false],
    ['a', 'aa', false],
    ['abab', 'ab', false],
    ['\u0000', '', false],
    ['', '\u0000', false],
    ['\u0000\u0000', '\u0000', false],
    ['é', 'e\u0301', false],
    ['😀', '😀', true],
  ])('%j and %j: the same is %j', (given, expected, same) => {
    expect(sameSecret(given, expected)).toBe(same)
  })

  it('are the same exactly where === says so', () => {
    const text = anyText({ maxLength: 8 })
    const pair = fc.oneof(
      fc.tuple(text, text),
      text.map((t) => [t, t] as const),
    )
    fc.assert(
      fc.property(pair, ([given, expected]) => {
        expect(sameSecret(given, expected)).toBe(given === expected)
      }),
      { numRuns: 500 },
    )
  })

  it('differ by any one character of theirs', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.nat(),
        fc.integer({ min: 1, max: 0xffff }),
        (text, place, mask) => {
          const i = place % text.length
          const other = String.fromCharCode(text.charCodeAt(i) ^ mask)
          expect(sameSecret(text.slice(0, i) + other + text.slice(i + 1), text)).toBe(false)
        },
      ),
    )
  })
})
