import { isUtf8 } from 'node:buffer'
import { Cursor, END, isDigit } from './cursor.ts'
import { readNumber, type Numeral } from './number.ts'

/** A value with all that Neon's proxy can tell apart in it. */
export type Json = null | boolean | string | Numeral | readonly Json[] | Entries

/** An object: its keys in their order, twice if given twice. */
export class Entries {
  readonly list: readonly (readonly [key: string, value: Json])[]
  constructor(list: Entries['list']) {
    this.list = list
  }
}

/** `remaining_depth` of serde_json's Deserializer: the 128th level is refused. */
const DEPTH_MAX = 128

const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const COLON = 0x3a
const LIST = 0x5b
const BACKSLASH = 0x5c
const LIST_END = 0x5d
const LOWER_F = 0x66
const LOWER_N = 0x6e
const LOWER_T = 0x74
const LOWER_U = 0x75
const OBJECT = 0x7b
const OBJECT_END = 0x7d
/** Above all of ASCII. */
const NOT_ASCII = 0x80

/** What one letter after a backslash stands for. */
const ESCAPES = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])

/**
 * Reads JSON as serde_json 1.0.125 does, with which Neon's proxy reads a body: what it takes, what it refuses, and
 * its words and positions for that. `JSON.parse` will not do even for a body that is well: it takes a key given
 * twice, lone surrogates, any depth and 1e999, and forgets how a number was written.
 */
export class JsonReader {
  readonly #cursor: Cursor
  /** Whether all of it is UTF-8, so that a string need not be looked at for that. */
  readonly #valid: boolean
  #depth = 0

  constructor(bytes: Buffer) {
    this.#cursor = new Cursor(bytes)
    this.#valid = isUtf8(bytes)
  }

  /** The next value. @throws JsonError */
  value(): Json {
    const cursor = this.#cursor
    const byte = cursor.skip()
    switch (byte) {
      case QUOTE:
        cursor.at += 1
        return this.#string()
      case LIST:
        return this.#nested(() => this.#list())
      case OBJECT:
        return this.#nested(() => this.#object())
      case LOWER_N:
        return this.#word('null', null)
      case LOWER_T:
        return this.#word('true', true)
      case LOWER_F:
        return this.#word('false', false)
      case MINUS:
        cursor.at += 1
        return readNumber(cursor, true)
      case END:
        throw cursor.peekError('EOF while parsing a value')
      default:
        if (isDigit(byte)) return readNumber(cursor, false)
        throw cursor.peekError('expected value')
    }
  }

  /** @throws JsonError when anything but white space is left */
  end(): void {
    if (this.#cursor.skip() !== END) throw this.#cursor.peekError('trailing characters')
  }

  #word<T>(word: string, value: T): T {
    const cursor = this.#cursor
    cursor.at += 1
    for (let i = 1; i < word.length; i += 1) {
      const byte = cursor.next()
      if (byte === END) throw cursor.error('EOF while parsing a value')
      if (byte !== word.charCodeAt(i)) throw cursor.error('expected ident')
    }
    return value
  }

  #nested<T>(read: () => T): T {
    this.#depth += 1
    if (this.#depth === DEPTH_MAX) throw this.#cursor.peekError('recursion limit exceeded')
    this.#cursor.at += 1
    const value = read()
    this.#cursor.at += 1
    this.#depth -= 1
    return value
  }

  #list(): Json[] {
    const cursor = this.#cursor
    const items: Json[] = []
    for (;;) {
      const byte = cursor.skip()
      if (byte === LIST_END) return items
      if (byte === END) throw cursor.peekError('EOF while parsing a list')
      if (items.length > 0) {
        if (byte !== COMMA) throw cursor.peekError('expected `,` or `]`')
        cursor.at += 1
        if (cursor.skip() === LIST_END) throw cursor.peekError('trailing comma')
      }
      items.push(this.value())
    }
  }

  #object(): Entries {
    const cursor = this.#cursor
    const list: [string, Json][] = []
    for (;;) {
      let byte = cursor.skip()
      if (byte === OBJECT_END) return new Entries(list)
      if (byte === END) throw cursor.peekError('EOF while parsing an object')
      if (list.length > 0) {
        if (byte !== COMMA) throw cursor.peekError('expected `,` or `}`')
        cursor.at += 1
        byte = cursor.skip()
        if (byte === END) throw cursor.peekError('EOF while parsing a value')
        if (byte === OBJECT_END) throw cursor.peekError('trailing comma')
      }
      if (byte !== QUOTE) throw cursor.peekError('key must be a string')
      cursor.at += 1
      const key = this.#string()
      const colon = cursor.skip()
      if (colon === END) throw cursor.peekError('EOF while parsing an object')
      if (colon !== COLON) throw cursor.peekError('expected `:`')
      cursor.at += 1
      list.push([key, this.value()])
    }
  }

  /** The rest of a string whose first quote has been read. */
  #string(): string {
    const cursor = this.#cursor
    const { bytes } = cursor
    let text = ''
    let valid = true
    for (;;) {
      const start = cursor.at
      let at = start
      let byte = bytes[at] ?? END
      let bits = 0
      while (byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH) {
        bits |= byte
        at += 1
        byte = bytes[at] ?? END
      }
      cursor.at = at
      if (at > start) {
        // Most of SQL is ASCII, and that is faster when said.
        text += bytes.toString(bits < NOT_ASCII ? 'latin1' : 'utf8', start, at)
        valid &&= this.#valid || isUtf8(bytes.subarray(start, at))
      }
      if (byte === END) throw cursor.error('EOF while parsing a string')
      cursor.at += 1
      if (byte === QUOTE) {
        if (!valid) throw cursor.error('invalid unicode code point')
        return text
      }
      if (byte !== BACKSLASH)
        throw cursor.error('control character (\\u0000-\\u001F) found while parsing a string')
      text += this.#escape()
    }
  }

  /** What an escape whose backslash has been read stands for. */
  #escape(): string {
    const byte = this.#nextOfString()
    if (byte !== LOWER_U) {
      const character = ESCAPES.get(String.fromCharCode(byte))
      if (character === undefined) throw this.#cursor.error('invalid escape')
      return character
    }
    const unit = this.#hex()
    if (isTrailing(unit)) throw this.#cursor.error('lone leading surrogate in hex escape')
    if (!isLeading(unit)) return String.fromCharCode(unit)
    for (const expected of [BACKSLASH, LOWER_U]) {
      if (this.#nextOfString() !== expected) throw this.#cursor.error('unexpected end of hex escape')
    }
    const second = this.#hex()
    if (!isTrailing(second)) throw this.#cursor.error('lone leading surrogate in hex escape')
    return String.fromCharCode(unit, second)
  }

  #nextOfString(): number {
    const byte = this.#cursor.next()
    if (byte === END) throw this.#cursor.error('EOF while parsing a string')
    return byte
  }

  #hex(): number {
    const cursor = this.#cursor
    const digits = cursor.bytes.toString('latin1', cursor.at, cursor.at + 4)
    cursor.at += digits.length
    if (digits.length < 4) throw cursor.error('EOF while parsing a string')
    if (!/^[\da-f]{4}$/i.test(digits)) throw cursor.error('invalid escape')
    return Number.parseInt(digits, 16)
  }
}

const isLeading = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
const isTrailing = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff
