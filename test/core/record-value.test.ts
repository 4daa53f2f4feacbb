import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRecordName, isStorable } from '../../src/core/record/name.ts'
import { decodeValue, encodeValue, isStorableJson } from '../../src/core/record/value.ts'
import { anyText } from '../support/text.ts'

const row = (wire: unknown, type: string | null, column: unknown, writes = true) => ({
  wire,
  type,
  column,
  writes,
})

/** v1 protocol, section 5.2. */
const DECODED = [
  row('', 'string', ''),
  row('naïve 😀', 'string', 'naïve 😀'),
  row(0, 'number', 0),
  row(-1.5e300, 'number', -1.5e300),
  row(true, 'boolean', true),
  row(false, 'boolean', false),
  row([], 'json', []),
  row({}, 'json', {}),
  row([1, { a: null }], 'json', [1, { a: null }]),
  // Tags inside of JSON are kept as they are.
  row([{ $type: 'seq' }], 'json', [{ $type: 'seq' }]),
  row({ a: { $type: 'nonsense' } }, 'json', { a: { $type: 'nonsense' } }),
  row({ $date: 'x' }, 'json', { $date: 'x' }),
  row({ $type: 'date', $date: '2026-07-01T08:00:00.120+08:00' }, 'datetime', '2026-07-01T00:00:00.12'),
  row({ $type: 'ref', $id: 'note/a/b' }, 'ref(note)', 'a/b'),
  row({ $type: 'geo', $lng: 114.1, $lat: -22 }, 'location', '(114.1,-22)'),
  row({ $type: 'geo', $lng: -180, $lat: 90 }, 'location', '(-180,90)'),
  row({ $type: 'seq' }, 'sequence', null, false),
  row({ $type: 'unknown', $underlying_type: 'money' }, null, null, false),
  row(null, null, null),
]

const REFUSED: readonly unknown[] = [
  undefined,
  () => 1,
  Infinity,
  NaN,
  'a\u0000b',
  '\ud800',
  ['a\u0000b'],
  { a: { b: ['\udfff'] } },
  { 'a\u0000': 1 },
  [1, [Infinity]],
  { $type: null },
  { $type: 1 },
  { $type: '' },
  { $type: 'Date', $date: '2026-07-01T08:00:00Z' },
  { $type: 'blob', $val: '' },
  { $type: 'record', $record: {} },
  { $type: 'keypath', $val: 'a' },
  { $type: 'relation', $name: '_friend' },
  { $type: 'date' },
  { $type: 'date', $date: 1_700_000_000 },
  { $type: 'date', $date: '2026-02-30T00:00:00Z' },
  { $type: 'ref' },
  { $type: 'ref', $id: 'note' },
  { $type: 'ref', $id: '_note/a' },
  { $type: 'geo' },
  { $type: 'geo', $lng: '1', $lat: 2 },
  { $type: 'geo', $lng: 180.1, $lat: 0 },
  { $type: 'geo', $lng: 0, $lat: -90.1 },
  { $type: 'geo', $lng: NaN, $lat: 0 },
  { $type: 'asset' },
  { $type: 'asset', $name: '' },
  { $type: 'asset', $name: 'x'.repeat(801) },
  { $type: 'geojson' },
  { $type: 'geojson', $val: { type: 'Point', coordinates: [0] } },
]

describe('a value to save', () => {
  it.each(DECODED)('$wire is $type', ({ wire, ...field }) => {
    expect(decodeValue(wire)).toEqual({ ok: true, value: field })
  })

  it.each(REFUSED)('is not %j', (wire) => {
    expect(decodeValue(wire)).toEqual({ ok: false, error: expect.stringMatching(/^(is|holds|\$)/) })
  })

  it('that is refused is not repeated in the reason', () => {
    const secret = 'hunter2'
    const wires = [
      `${secret}\u0000`,
      { $type: secret },
      { $type: 'date', $date: secret },
      { $type: 'ref', $id: secret },
      { a: `${secret}\ud800` },
    ]
    for (const wire of wires) expect(JSON.stringify(decodeValue(wire))).not.toContain(secret)
  })

  it('is judged and never throws, whatever the JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (wire) => {
        expect(decodeValue(wire).ok).toBeTypeOf('boolean')
      }),
    )
  })
})

describe('a stored value', () => {
  it.each([
    ['string', 'a', 'a'],
    ['number', 1.5, 1.5],
    ['integer', 3, 3],
    ['sequence', 4, 4],
    ['boolean', false, false],
    ['json', { $type: 'x' }, { $type: 'x' }],
    ['datetime', '2026-07-01T00:00:00.12', { $type: 'date', $date: '2026-07-01T00:00:00.12Z' }],
    ['location', '(114.1,-22)', { $type: 'geo', $lng: 114.1, $lat: -22 }],
    ['location', '(1e-07,0)', { $type: 'geo', $lng: 1e-7, $lat: 0 }],
    ['ref(note)', 'a/b', { $type: 'ref', $id: 'note/a/b' }],
    ['ref(a)(b))', 'k', { $type: 'ref', $id: 'a)(b)/k' }],
    ['ref(a\nb)', 'k', { $type: 'ref', $id: 'a\nb/k' }],
    ['ref(a\u2028b)', 'k', { $type: 'ref', $id: 'a\u2028b/k' }],
    ['unknown(money)', '$1.00', { $type: 'unknown', $underlying_type: 'money' }],
    ['unknown(numeric(10,2)[])', '{}', { $type: 'unknown', $underlying_type: 'numeric(10,2)[]' }],
  ])('of type %j %j is %j on the wire', (type, column, wire) => {
    expect(encodeValue(type, column)).toEqual(wire)
  })

  const text = anyText().filter(isStorable)
  const typeName = anyText({ minLength: 1, maxLength: 15 }).filter(
    (name) => isRecordName(name) && !/[/\n\r\u2028\u2029]/.test(name),
  )
  const instant = fc
    .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().replace(/\.?0*Z$/, 'Z'))
  const within = (max: number) => fc.double({ min: -max, max, noNaN: true }).map((n) => n + 0)
  const wires = fc.oneof(
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc
      .jsonValue()
      .filter(
        (json) => typeof json === 'object' && json !== null && !('$type' in json) && isStorableJson(json),
      ),
    fc.record({ $type: fc.constant('date'), $date: instant }),
    fc.record({ $type: fc.constant('geo'), $lng: within(180), $lat: within(90) }),
    fc
      .tuple(
        typeName,
        text.filter((key) => key !== ''),
      )
      .map(([t, key]) => ({ $type: 'ref', $id: `${t}/${key}` })),
  )
  /** What `row_to_json` makes of a column that was filled by `jsonb_populate_record`. */
  const throughColumn = (column: unknown): unknown => JSON.parse(JSON.stringify(column))

  it('comes back as it was sent, of every type', () => {
    fc.assert(
      fc.property(wires, (wire) => {
        const decoded = decodeValue(wire)
        if (!decoded.ok) throw new Error(decoded.error)
        const { type, column } = decoded.value
        expect(encodeValue(type ?? '', throughColumn(column))).toEqual(throughColumn(wire))
      }),
      { numRuns: 500 },
    )
  })
})
