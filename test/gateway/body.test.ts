import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureStatus } from '../../src/core/failure.ts'
import { BODY_BYTES_MAX, BODY_DEPTH_MAX } from '../../src/core/limits.ts'
import { parseJsonObject, readJsonBody } from '../../src/gateway/body.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const parse = (text: string) => parseJsonObject(bytes(text))
const post = (body: BodyInit | null, headers: HeadersInit = {}) =>
  readJsonBody(
    new Request('https://a.example/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit),
  )

describe('a request’s body', () => {
  it.each([
    ['', {}],
    ['{}', {}],
    ['{"a":1}', { a: 1 }],
    [' \n{"a":[{}]} ', { a: [{}] }],
    ['{"a":"[[[[{{{{"}', { a: '[[[[{{{{' }],
    ['{"a":"\\"]"}', { a: '"]' }],
    ['{"a":1,"a":2}', { a: 2 }],
    ['\ufeff{"a":1}', { a: 1 }],
    ['{"é":"😀"}', { é: '😀' }],
  ])('%j is %j', (text, value) => {
    expect(parse(text)).toEqual({ ok: true, value })
  })

  it.each([
    'null',
    'true',
    '1',
    '"a"',
    '[]',
    '[{"a":1}]',
    '{',
    '{"a":1',
    '{a:1}',
    "{'a':1}",
    '{"a":1}{"b":2}',
    'NaN',
    ' ',
  ])('%j is refused with 107', (text) =>
    expect(parse(text)).toMatchObject({ ok: false, error: { name: 'BadRequest' } }),
  )

  it.each([
    ['a lone byte', [0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]],
    ['an overlong form', [0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d]],
    ['half a surrogate pair', [0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]],
    ['a cut character', [0x7b, 0x22, 0xe2, 0x82]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
  ])('with %s is no UTF-8', (_, raw) => {
    expect(parseJsonObject(new Uint8Array(raw))).toMatchObject({ ok: false, error: { name: 'BadRequest' } })
  })

  it('may nest as deep as the limit, by arrays and by objects, and no deeper', () => {
    const arrays = (n: number) => `{"a":${'['.repeat(n - 1)}${']'.repeat(n - 1)}}`
    const objects = (n: number) => '{"a":'.repeat(n) + '1' + '}'.repeat(n)
    for (const nest of [arrays, objects]) {
      expect(parse(nest(BODY_DEPTH_MAX)).ok).toBe(true)
      expect(parse(nest(BODY_DEPTH_MAX + 1))).toMatchObject({
        ok: false,
        error: { name: 'BadRequest', message: expect.stringContaining('nested') },
      })
      expect(parse(nest(200_000)).ok).toBe(false)
    }
  })

  it('may be wide: siblings are no depth', () => {
    expect(parse(`{"a":[${'[],{},'.repeat(1000)}1]}`).ok).toBe(true)
  })

  it('may have a member called __proto__, which changes no prototype', () => {
    const parsed = parse('{"__proto__":{"isMaster":true},"constructor":1}')
    if (!parsed.ok) throw new Error('refused')
    expect(Object.getPrototypeOf(parsed.value)).toBe(Object.prototype)
    expect(parsed.value['isMaster']).toBeUndefined()
    expect(Object.keys(parsed.value)).toEqual(['__proto__', 'constructor'])
  })

  it('comes out as it went in, whatever its JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 10 })), (value) => {
        const text = JSON.stringify(value)
        expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) as unknown })
      }),
    )
  })

  it('is judged and never throws, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (raw) => {
        expect(parseJsonObject(raw).ok).toBeTypeOf('boolean')
      }),
    )
  })
})

describe('reading a body', () => {
  const tooLarge = { ok: false, error: { name: 'BadRequest', message: expect.stringContaining('8 MiB') } }
  /** A stream of chunks of 1 MiB that notes how much was taken. */
  const stream = (chunks: number) => {
    const taken = { bytes: 0 }
    const chunk = new Uint8Array(1024 * 1024).fill(0x20)
    let left = chunks
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (left-- === 0) return controller.close()
          taken.bytes += chunk.length
          return controller.enqueue(chunk)
        },
      },
      { highWaterMark: 0 },
    )
    return { body, taken }
  }

  it('of no bytes is an empty object, with a body and without', async () => {
    expect(await post(null)).toEqual({ ok: true, value: {} })
    expect(await post('')).toEqual({ ok: true, value: {} })
  })

  it('does not ask for a content type', async () => {
    expect(await post('{"a":1}', { 'content-type': 'text/plain' })).toEqual({ ok: true, value: { a: 1 } })
  })

  it('puts chunks together, even in the middle of a character', async () => {
    const whole = bytes('{"a":"😀"}')
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of whole) controller.enqueue(new Uint8Array([byte]))
        controller.close()
      },
    })
    expect(await post(body)).toEqual({ ok: true, value: { a: '😀' } })
  })

  it('that says it is too large is refused before a byte is read: 413', async () => {
    const { body, taken } = stream(1)
    const answer = await post(body, { 'content-length': String(BODY_BYTES_MAX + 1) })
    expect(answer).toMatchObject(tooLarge)
    expect(answer.ok || failureStatus(answer.error)).toBe(413)
    expect(taken.bytes).toBe(0)
  })

  it('that is too large and does not say how long it is is refused once it has been too long', async () => {
    const { body, taken } = stream(1000)
    expect(await post(body)).toMatchObject(tooLarge)
    expect(taken.bytes).toBeLessThanOrEqual(BODY_BYTES_MAX + 2 * 1024 * 1024)
  })

  // No HTTP server delivers more than was announced (test/faults/http.test.ts); a binding's caller might.
  it('that is longer than it says is refused all the same', async () => {
    expect(await post(stream(10).body, { 'content-length': '5' })).toMatchObject(tooLarge)
  })

  it('takes exactly as much as the limit', async () => {
    const text = `{"a":"${'x'.repeat(BODY_BYTES_MAX - 8)}"}`
    expect(bytes(text).length).toBe(BODY_BYTES_MAX)
    expect((await post(text)).ok).toBe(true)
    expect(await post(`${text} `)).toMatchObject(tooLarge)
  })
})
