import { Refusal } from './failure.ts'
import { floatText } from './json/number.ts'

/** Types that have JSON of their own (pg_type.dat of Postgres). */
const BOOL = 16
const INT2 = 21
const INT4 = 23
const JSON_TEXT = 114
const FLOAT4 = 700
const FLOAT8 = 701
const JSONB = 3802

/** The type of an array's elements, by the array's type. */
export type ArrayTypes = ReadonlyMap<number, number>

/**
 * Which types the proxy takes for arrays: int2vector and oidvector too, which it then cannot read. It asks for each
 * unknown type when it meets one; here they are asked for before, since all statements are sent in one go.
 */
export const ARRAY_TYPES = `select oid::int8, typelem::int8 from pg_catalog.pg_type
  where typelem <> 0 and typlen = -1 and typtype not in ('e', 'p') and typbasetype = 0`

/**
 * A value's text as the JSON that the proxy makes of it without `Neon-Raw-Text-Output` (`pg_text_to_json` in its
 * json.rs): 64-bit integers stay strings, and so do NaN and the infinities.
 * @param oid the value's type
 * @throws Refusal 500 where the proxy cannot read what Postgres wrote: int2vector, and an empty array of numbers
 */
export function typedJson(text: string, oid: number, arrays: ArrayTypes): string {
  const element = arrays.get(oid)
  if (element !== undefined) return new ArrayReader(text, element, arrays).json()
  switch (oid) {
    case BOOL:
      return String(text === 't')
    case INT2:
    case INT4:
      if (text === '') throw unreadable()
      return text
    case FLOAT4:
    case FLOAT8:
      if (text === '') throw unreadable()
      return Number.isFinite(Number(text)) ? floatText(Number(text)) : JSON.stringify(text)
    case JSON_TEXT:
    case JSONB:
      return text
    default:
      return JSON.stringify(text)
  }
}

/**
 * Reads `{1,"a b",{NULL}}` (PostgreSQL manual, "Array Input and Output Syntax"); bounds before it are dropped. The
 * proxy sees one empty element in `{}`, which is no number.
 */
class ArrayReader {
  readonly #text: string
  readonly #element: number
  readonly #arrays: ArrayTypes
  #at: number

  constructor(text: string, element: number, arrays: ArrayTypes) {
    this.#text = text
    this.#element = element
    this.#arrays = arrays
    this.#at = text.startsWith('[') ? text.indexOf('=') + 1 : 0
  }

  json(): string {
    this.#skip()
    const json = this.#list()
    if (this.#at < this.#text.length) throw unreadable()
    return json
  }

  #list(): string {
    if (!this.#takes('{')) throw unreadable()
    const items: string[] = []
    do {
      this.#skip()
      items.push(this.#item())
    } while (this.#takes(','))
    if (!this.#takes('}')) throw unreadable()
    this.#skip()
    return `[${items.join(',')}]`
  }

  #item(): string {
    if (this.#text[this.#at] === '{') return this.#list()
    if (this.#takes('"')) return typedJson(this.#quoted(), this.#element, this.#arrays)
    const start = this.#at
    while (!this.#isAt(/[,}]/)) this.#at += 1
    let end = this.#at
    while (end > start && WHITE_SPACE.test(this.#text[end - 1] ?? '')) end -= 1
    const item = this.#text.slice(start, end)
    return item === 'NULL' ? 'null' : typedJson(item, this.#element, this.#arrays)
  }

  #quoted(): string {
    let text = ''
    for (;;) {
      const start = this.#at
      while (!this.#isAt(/["\\]/)) this.#at += 1
      text += this.#text.slice(start, this.#at)
      if (this.#takes('"')) break
      text += this.#text[this.#at + 1] ?? ''
      this.#at += 2
    }
    this.#skip()
    return text
  }

  #takes(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at += 1
    return true
  }

  #isAt(characters: RegExp): boolean {
    if (this.#at >= this.#text.length) throw unreadable()
    return characters.test(this.#text[this.#at] ?? '')
  }

  #skip(): void {
    while (WHITE_SPACE.test(this.#text[this.#at] ?? '')) this.#at += 1
  }
}

/** As Rust sees it: `String.trim` has U+FEFF too and lacks U+0085. */
const WHITE_SPACE = /\p{White_Space}/u

const unreadable = (): Refusal => new Refusal(500, 'could not parse postgres response')
