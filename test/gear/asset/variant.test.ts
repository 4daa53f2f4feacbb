import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyOf } from '../../../src/core/asset/name.ts'
import type { StoredFile } from '../../../src/core/ports.ts'
import {
  behindVariantsOf,
  originalIn,
  variantOf,
  variantsOf,
  variantsOfApp,
} from '../../../src/gear/asset/variant.ts'
import { nodeDigests } from '../../../src/platform/node-digests.ts'

const file = (etag: string): StoredFile => ({
  key: 'notes/a.png',
  size: 1,
  etag,
  storedAt: new Date(0),
  headers: {},
  metadata: {},
})
const variant = (name = 'a.png', etag = '"e1"', made = 'image', marks: readonly string[] = []) =>
  variantOf(nodeDigests(), variantsOf('notes', name) ?? '', file(etag), made, marks.map(file))

const name = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom('a', '!', '"', ' ', '/', '-', '.', '\u0001', '🐱', 'é'),
    minLength: 1,
    maxLength: 6,
  }),
)
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

describe('a variant', () => {
  it('is one by its original’s bytes, its pipeline and its marks’ bytes', () => {
    const all = [
      variant(),
      variant('b.png'),
      variant('a.png', '"e2"'),
      variant('a.png', '"e1"', 'image/grayscale'),
      variant('a.png', '"e1"', 'image', ['"m1"']),
      variant('a.png', '"e1"', 'image', ['"m2"']),
      variant('a.png', '"e1"', 'image', ['"m2"', '"m1"']),
    ]
    expect(new Set(all.map(({ key }) => key)).size).toBe(all.length)
    expect(variant()).toEqual(variant())
    expect(variant().etag).toMatch(/^"[0-9a-f]{32}"$/)
  })

  it('is where no file of any app can be', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), name, (appId, other) => {
        expect(keyOf(appId, other).startsWith('/')).toBe(false)
        expect(variantsOf(appId, other)?.startsWith('/') ?? true).toBe(true)
      }),
    )
  })

  it('tells whose it is', () => {
    fc.assert(
      fc.property(name, fc.stringMatching(/^"[0-9a-f]{32}(-[1-9])?"$/), (own, etag) => {
        expect(originalIn('notes', variant(own, etag).key)).toEqual({ name: own, etag })
      }),
    )
    expect(originalIn('notes', '/notes/else')).toBeNull()
  })

  it('is found beside its own original’s only', () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        fc.pre(one !== other)
        expect(variant(one).key.startsWith(variantsOf('notes', other) ?? '')).toBe(false)
      }),
      { numRuns: 1000 },
    )
    expect(variantsOfApp('a')).toBe('/a/')
    expect(variantsOfApp('a/b')).toBe('/a%2Fb/')
  })

  it('comes in the order of the originals’ names', () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        fc.pre(one !== other)
        const order = byBytes(one, other)
        expect(byBytes(variant(one).key, variant(other).key)).toBe(order)
        expect(byBytes(behindVariantsOf('notes', one), variant(other).key)).toBe(order)
        expect(byBytes(behindVariantsOf('notes', one), variant(one).key)).toBe(1)
      }),
      { numRuns: 1000 },
    )
  })

  it('is none of a name that is too long for its key', () => {
    expect(variantsOf('notes', 'a'.repeat(800))).not.toBeNull()
    expect(variantsOf('notes', ' '.repeat(800))).toBeNull()
  })
})
