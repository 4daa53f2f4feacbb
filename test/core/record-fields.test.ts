import { describe, expect, it } from 'vitest'
import { RECORD_FIELDS_MAX } from '../../src/core/limits.ts'
import { decodeFields } from '../../src/core/record/fields.ts'

const json = (text: string) => JSON.parse(text) as Readonly<Record<string, unknown>>

describe('the fields of a record to save', () => {
  it('are its members by name, each as its column takes it', () => {
    expect(decodeFields({ title: 'Hi', n: null })).toEqual({
      ok: true,
      value: Object.assign(Object.create(null), {
        title: { type: 'string', column: 'Hi', writes: true },
        n: { type: null, column: null, writes: true },
      }),
    })
  })

  it.each(['_id', '_access', '_ownerID', '_created_at', '_', '', '__proto__'])(
    'leave out the reserved name %j, whatever its value',
    (name) => {
      const fields = decodeFields(
        json(JSON.stringify({ title: 'Hi' }).replace('}', `,"${name}":{"$type":"no"}}`)),
      )
      expect(fields.ok && Object.keys(fields.value)).toEqual(['title'])
    },
  )

  it.each(['constructor', 'toString', 'hasOwnProperty', 'id', 'data', 'createdAt', 'a"b', '日記'])(
    'may be called %j',
    (name) => {
      const fields = decodeFields({ [name]: 1 })
      expect(fields.ok && fields.value[name]).toEqual({ type: 'number', column: 1, writes: true })
    },
  )

  it('have no members but their own', () => {
    const fields = decodeFields({})
    expect(fields.ok && fields.value['constructor']).toBeUndefined()
  })

  it.each(['a'.repeat(64), 'é'.repeat(32), 'a\u0000b', 'a\ud800'])('cannot be called %j', (name) => {
    const fields = decodeFields({ [name]: 1 })
    expect(fields).toMatchObject({ ok: false, error: { name: 'InvalidArgument' } })
  })

  it('are refused by name where a value is none', () => {
    expect(decodeFields({ ok: 1, spot: { $type: 'geo', $lng: 200, $lat: 0 } })).toMatchObject({
      ok: false,
      error: {
        name: 'InvalidArgument',
        info: { arguments: ['spot'] },
        message: expect.stringContaining('spot'),
      },
    })
  })

  it('are bounded', () => {
    const many = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`f${i}`, i]))
    expect(decodeFields(many(RECORD_FIELDS_MAX)).ok).toBe(true)
    expect(decodeFields(many(RECORD_FIELDS_MAX + 1))).toMatchObject({
      ok: false,
      error: { name: 'InvalidArgument' },
    })
  })
})
