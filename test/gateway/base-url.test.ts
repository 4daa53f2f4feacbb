import { expect, it } from 'vitest'
import { baseUrlOf } from '../../src/gateway/base-url.ts'
import { languagesOf } from '../../src/gateway/languages.ts'

it.each([
  ['notes.example', 'https://notes.example'],
  ['Notes.Example.:443', 'https://notes.example'],
  ['demo.localhost:8787', 'http://demo.localhost:8787'],
  ['127.0.0.1:8787', 'http://127.0.0.1:8787'],
  ['[::1]:8787', 'http://[::1]:8787'],
])('links to %s begin with %s', (header, base) => expect(baseUrlOf(header)).toBe(base))

it('host-header poisoning: a port that only the caller names is not linked to', () => {
  expect(baseUrlOf('notes.example:6666')).toBe('https://notes.example')
  expect(baseUrlOf('notlocalhost:6666')).toBe('https://notlocalhost')
})

it.each([
  [null, []],
  ['*', []],
  ['de', ['de']],
  ['fr;q=0.5, zh-Hant-HK, en;q=0.8', ['zh-Hant-HK', 'en', 'fr']],
  ['de;q=0, en', ['en']],
  ['de;q=2, <script>, en; q=0.1', ['en']],
  [Array.from({ length: 99 }, () => 'de').join(), Array.from({ length: 8 }, () => 'de')],
])('a reader of %j wants %j', (header, languages) => expect(languagesOf(header)).toEqual(languages))
