import { END, isDigit, type Cursor } from './cursor.ts'

/** A number as serde_json would write it again: `1e2` is `100.0`, `-0` is `-0.0`. */
export class Numeral {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

const U64_MAX = 2n ** 64n - 1n
const I64_MIN = -(2n ** 63n)
const I32_MAX = 2 ** 31 - 1
/** The largest power of ten in serde_json's table. */
const POWER_MAX = 308

const PLUS = 0x2b
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const LOWER_E = 0x65

/**
 * Reads a number whose sign has been read. Integers of 64 bits are exact; all others become a double in the way of
 * serde_json without its feature `float_roundtrip`, which drops digits beyond 64 bits and rounds more than once.
 * @throws JsonError
 */
export function readNumber(cursor: Cursor, negative: boolean): Numeral {
  const first = cursor.next()
  if (first === END) throw cursor.error('EOF while parsing a value')
  if (!isDigit(first)) throw cursor.error('invalid number')
  if (first === ZERO && isDigit(cursor.peek())) throw cursor.peekError('invalid number')
  let significand = digitsUpTo64Bits(cursor, BigInt(first - ZERO))
  let exponent = cursor.digits()
  if (cursor.peek() === POINT) {
    cursor.at += 1
    if (!isDigit(cursor.peek()))
      throw cursor.peekError(cursor.peek() === END ? 'EOF while parsing a value' : 'invalid number')
    const start = cursor.at
    significand = digitsUpTo64Bits(cursor, significand)
    exponent -= cursor.at - start
    cursor.digits()
  } else if (exponent === 0 && !isExponent(cursor.peek())) {
    const integer = negative ? -significand : significand
    if (integer >= I64_MIN && !(negative && integer === 0n)) return new Numeral(String(integer))
  }
  if (isExponent(cursor.peek())) exponent += readExponent(cursor, significand === 0n)
  const double = doubleOf(cursor, significand, exponent)
  return new Numeral(floatText(negative ? -double : double))
}

/** Reads digits behind those of `significand`, as long as 64 bits hold them. */
function digitsUpTo64Bits(cursor: Cursor, significand: bigint): bigint {
  for (let held = significand; ; cursor.at += 1) {
    const byte = cursor.peek()
    if (!isDigit(byte)) return held
    const more = held * 10n + BigInt(byte - ZERO)
    if (more > U64_MAX) return held
    held = more
  }
}

/** @param zero whether the number is zero, whatever its exponent says */
function readExponent(cursor: Cursor, zero: boolean): number {
  cursor.at += 1
  const sign = cursor.peek()
  if (sign === PLUS || sign === MINUS) cursor.at += 1
  const first = cursor.next()
  if (first === END) throw cursor.error('EOF while parsing a value')
  if (!isDigit(first)) throw cursor.error('invalid number')
  let exponent = first - ZERO
  while (isDigit(cursor.peek()) && exponent <= I32_MAX) exponent = exponent * 10 + cursor.next() - ZERO
  if (exponent > I32_MAX && !zero && sign !== MINUS) throw cursor.error('number out of range')
  cursor.digits()
  return sign === MINUS ? -exponent : exponent
}

function doubleOf(cursor: Cursor, significand: bigint, exponent: number): number {
  let double = Number(significand)
  let rest = exponent
  for (; rest < -POWER_MAX && double !== 0; rest += POWER_MAX) double /= 1e308
  if (double === 0) return 0
  if (rest < 0) return double / Number(`1e${-rest}`)
  double *= Number(`1e${rest}`)
  if (double === Infinity) throw cursor.error('number out of range')
  return double
}

/** A finite double as Rust's `ryu` writes it: always with a point or, from 1e16 and below 1e-5, an exponent. */
export function floatText(double: number): string {
  const sign = double < 0 || Object.is(double, -0) ? '-' : ''
  if (double === 0) return `${sign}0.0`
  const [mantissa = '', exponent] = Math.abs(double).toExponential().split('e')
  const digits = mantissa.replace('.', '')
  const point = Number(exponent) + 1
  if (point > 16 || point <= -5) return `${sign}${mantissa}e${Number(exponent)}`
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  if (point >= digits.length) return `${sign}${digits.padEnd(point, '0')}.0`
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

/** `e` or `E`. */
const isExponent = (byte: number): boolean => (byte | 0x20) === LOWER_E
