import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundaryOf, multipart } from '../../../src/gear/asset/multipart.ts'

const encoder = new TextEncoder()
/** What is found in a body that comes in pieces of these sizes; null: it is not well formed. */
function parsed(body: Uint8Array, sizes: readonly number[] = [body.length]) {
  const parts: { name: string; isFile: boolean; contentType: string | null; bytes: number[] }[] = []
  let open = 0
  const parser = multipart('edge', {
    begin(part) {
      parts.push({ ...part, bytes: [] })
      open++
    },
    bytes: (bytes) => void parts.at(-1)?.bytes.push(...bytes),
    end: () => void open--,
  })
  for (let at = 0, i = 0; at < body.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length] ?? 1)
    if (!parser.write(body.subarray(at, at + size))) return null
    at += size
  }
  return { parts, isOver: parser.isOver(), open }
}
const bodyWith = (...parts: readonly (readonly [headers: string, content: Uint8Array])[]): Uint8Array => {
  const pieces = parts.flatMap(([headers, content]) => [
    encoder.encode(`--edge\r\n${headers}\r\n\r\n`),
    content,
    encoder.encode('\r\n'),
  ])
  return Uint8Array.from([...pieces, encoder.encode('--edge--\r\n')].flatMap((piece) => [...piece]))
}
const field = (name: string) => `Content-Disposition: form-data; name="${name}"`

/** RFC 7578; RFC 2046, section 5.1. */
describe('a multipart body', () => {
  it('is the same in whatever pieces it comes, also where its bytes look like boundaries', () => {
    const tricky = fc
      .array(fc.constantFrom('\r\n--edge', '\r\n--edg', '\r', '\n', '-', '--edge', 'x', '\r\n--edgeX'))
      .map((pieces) => encoder.encode(pieces.join('')))
      .filter((bytes) => !new TextDecoder().decode(bytes).includes('\r\n--edge'))
    const content = fc.oneof(tricky, fc.uint8Array({ maxLength: 200 }))
    fc.assert(
      fc.property(
        fc.array(content, { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (contents, sizes) => {
          const body = bodyWith(...contents.map((bytes, i) => [field(`f${i}`), bytes] as const))
          expect(parsed(body, sizes)).toEqual({
            parts: contents.map((bytes, i) => ({
              name: `f${i}`,
              isFile: false,
              contentType: null,
              bytes: [...bytes],
            })),
            isOver: true,
            open: 0,
          })
        },
      ),
      { numRuns: 500 },
    )
  })

  it.each([
    ['name="a"', { name: 'a', isFile: false }],
    ['name=a', { name: 'a', isFile: false }],
    ['name="a"; filename="x.png"', { name: 'a', isFile: true }],
    ['filename="x.png"; name="a"', { name: 'a', isFile: true }],
    ['name="a"; filename="貓.png"', { name: 'a', isFile: true }],
    [`name="a"; filename*=UTF-8''%e8%b2%93.png`, { name: 'a', isFile: true }],
    ['name="a"; filename="x\\"; name=\\"b"', { name: 'a', isFile: true }],
    ['filename="; name=b"; name="a"', { name: 'a', isFile: true }],
    ['name="名"', { name: '名', isFile: false }],
    ['NAME="a"', { name: 'a', isFile: false }],
  ])('has a part called by %s', (parameters, expected) => {
    const body = bodyWith([
      `content-disposition: form-data; ${parameters}\r\nCONTENT-TYPE:  a/b `,
      encoder.encode('1'),
    ])
    expect(parsed(body)?.parts).toEqual([{ ...expected, contentType: 'a/b', bytes: [49] }])
  })

  it('may have a preamble and an epilogue', () => {
    const whole = new TextDecoder().decode(bodyWith([field('a'), encoder.encode('1')]))
    expect(parsed(encoder.encode(`hello\r\n${whole}bye --edge`))).toMatchObject({
      parts: [{ name: 'a' }],
      isOver: true,
    })
  })

  it.each([
    ['no headers', '--edge\r\n\r\n1\r\n--edge--'],
    ['no name', '--edge\r\nContent-Disposition: form-data\r\n\r\n1\r\n--edge--'],
    ['another disposition', '--edge\r\nContent-Disposition: attachment; name="a"\r\n\r\n1\r\n--edge--'],
    ['something behind a boundary', '--edgeX\r\n\r\n1\r\n--edge--'],
    ['headers without end', `--edge\r\n${'x'.repeat(20_000)}`],
  ])('with %s is none', (_, body) => expect(parsed(encoder.encode(body))).toBeNull())

  it.each(['', 'x', '--edge', '--edge\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--edge'])(
    'that ends with %j is not over',
    (body) => expect(parsed(encoder.encode(body))?.isOver).toBe(false),
  )

  it.each([
    ['multipart/form-data; boundary=x', 'x'],
    ['multipart/form-data; charset=utf-8; Boundary="a b"', 'a b'],
    ['multipart/form-data', null],
    ['multipart/form-data; boundary=', null],
    ['multipart/form-data; boundary=""', null],
  ])('has its boundary in %j', (type, expected) => expect(boundaryOf(type)).toBe(expected))
})
