import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { instantOf } from '../../src/core/record/instant.ts'

const ACCEPTED: readonly (readonly [text: string, utc: string])[] = [
  ['2026-07-01T12:30:45Z', '2026-07-01T12:30:45'],
  ['2026-07-01t12:30:45z', '2026-07-01T12:30:45'],
  ['2026-07-01 12:30:45Z', '2026-07-01T12:30:45'],
  ['2026-07-01T12:30:45+00:00', '2026-07-01T12:30:45'],
  ['2026-07-01T12:30:45-00:00', '2026-07-01T12:30:45'],
  ['2026-07-01T12:30:45+08:00', '2026-07-01T04:30:45'],
  ['2026-07-01T12:30:45+05:45', '2026-07-01T06:45:45'],
  // Over midnight, a month, a leap day, a year.
  ['2026-07-01T00:30:00+01:00', '2026-06-30T23:30:00'],
  ['2026-07-01T23:30:00-01:00', '2026-07-02T00:30:00'],
  ['2024-03-01T00:00:00+14:00', '2024-02-29T10:00:00'],
  ['2025-12-31T23:59:59-12:00', '2026-01-01T11:59:59'],
  ['2026-01-01T00:00:00+23:59', '2025-12-31T00:01:00'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00'],
  ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00'],
  // Any number of digits; Postgres holds six, and prints no zero at the end.
  ['2026-07-01T12:30:45.1Z', '2026-07-01T12:30:45.1'],
  ['2026-07-01T12:30:45.12Z', '2026-07-01T12:30:45.12'],
  ['2026-07-01T12:30:45.123Z', '2026-07-01T12:30:45.123'],
  ['2026-07-01T12:30:45.1234Z', '2026-07-01T12:30:45.1234'],
  ['2026-07-01T12:30:45.12345Z', '2026-07-01T12:30:45.12345'],
  ['2026-07-01T12:30:45.123456Z', '2026-07-01T12:30:45.123456'],
  ['2026-07-01T12:30:45.1234567Z', '2026-07-01T12:30:45.123456'],
  ['2026-07-01T12:30:45.12345678Z', '2026-07-01T12:30:45.123456'],
  ['2026-07-01T12:30:45.999999999Z', '2026-07-01T12:30:45.999999'],
  ['2026-07-01T12:30:45.100000Z', '2026-07-01T12:30:45.1'],
  ['2026-07-01T12:30:45.000Z', '2026-07-01T12:30:45'],
  ['2026-07-01T12:30:45.0000009Z', '2026-07-01T12:30:45'],
  // A fraction is a part of the second before 1970 too.
  ['1969-12-31T23:59:59.5Z', '1969-12-31T23:59:59.5'],
  // The years that Postgres and RFC 3339 share.
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00'],
  ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999'],
  ['0000-12-31T23:30:00-01:00', '0001-01-01T00:30:00'],
]

const REFUSED = [
  '',
  'now',
  '2026-07-01',
  '2026-07-01T12:30Z',
  '2026-07-01T12:30:45',
  '2026-07-01T12:30:45+0800',
  '2026-07-01T12:30:45+8:00',
  '2026-07-01T12:30:45.Z',
  '2026-07-01T12:30:45,5Z',
  ' 2026-07-01T12:30:45Z',
  '2026-07-01T12:30:45Z\n',
  '2026-7-1T12:30:45Z',
  '２０２６-07-01T12:30:45Z',
  // No such day or time.
  '2026-02-30T00:00:00Z',
  '2025-02-29T00:00:00Z',
  '1900-02-29T00:00:00Z',
  '2026-04-31T00:00:00Z',
  '2026-00-01T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-01-00T00:00:00Z',
  '2026-07-01T24:00:00Z',
  '2026-07-01T12:60:00Z',
  '2026-07-01T12:30:60Z',
  // No such offset (RFC 3339, section 5.6: hours to 23, minutes to 59).
  '2026-07-01T12:30:45+24:00',
  '2026-07-01T12:30:45-99:99',
  '2026-07-01T12:30:45+08:60',
  // No such year.
  '0000-06-01T00:00:00Z',
  '0000-12-31T23:59:59Z',
  '0001-01-01T00:00:00+00:01',
  '9999-12-31T23:59:59-00:01',
  '10000-01-01T00:00:00Z',
  '+02026-07-01T12:30:45Z',
  '-0001-07-01T12:30:45Z',
]

describe('a time', () => {
  it.each(ACCEPTED)('%s is %s in UTC', (text, utc) => {
    expect(instantOf(text)).toBe(utc)
  })

  it.each(REFUSED)('%j is refused', (text) => {
    expect(instantOf(text)).toBeNull()
  })

  it('of any Date from year 1 to 9999 comes back as it went, whatever the offset it is told in', () => {
    const min = new Date('0001-01-02T00:00:00Z')
    const max = new Date('9999-12-30T00:00:00Z')
    const offsets = fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 })
    fc.assert(
      fc.property(fc.date({ min, max, noInvalidDate: true }), offsets, (date, minutes) => {
        const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, -1)
        const told = Math.abs(minutes)
        const two = (n: number) => String(n).padStart(2, '0')
        const offset = `${minutes < 0 ? '-' : '+'}${two(Math.floor(told / 60))}:${two(told % 60)}`
        expect(new Date(`${instantOf(local + offset)}Z`)).toEqual(date)
      }),
    )
  })

  it('is judged and never throws, whatever the text', () => {
    const almost = fc.stringMatching(/^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,12})?([Zz]|[+-]\d\d:\d\d)$/)
    const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,5}[1-9])?$/
    fc.assert(
      fc.property(fc.oneof(almost, fc.string()), (text) => {
        const instant = instantOf(text)
        if (instant !== null) expect(instant).toMatch(form)
      }),
    )
  })
})
