import { describe, expect, it } from 'vitest'
import { parseHostText, parseHostValue } from '../../src/gateway/document/parse.ts'
import { minimal } from './document.fixture.ts'

describe('what a hostname stands for', () => {
  it('a document', () => {
    expect(parseHostValue(minimal, {})).toMatchObject({
      ok: true,
      value: { kind: 'document', document: { app_name: 'myapp' }, warnings: [] },
    })
  })

  it.each(['default', 'microservices', 'auth', 'asset'])('an alias assigned to %s', (assignment) => {
    expect(parseHostValue({ alias_of: 'notes.example.com', assignment }, {})).toEqual({
      ok: true,
      value: { kind: 'alias', aliasOf: 'notes.example.com', assignment },
    })
  })

  it.each([
    ['is for micro-services when not assigned, as every custom domain was', { alias_of: 'a.example.com' }],
    ['is written as hosts are looked up', { alias_of: 'A.Example.com.:443' }],
    ['may hold unknown keys', { alias_of: 'a.example.com', note: 'moved in 2020' }],
  ])('an alias %s', (_, value) => {
    expect(parseHostValue(value, {})).toEqual({
      ok: true,
      value: { kind: 'alias', aliasOf: 'a.example.com', assignment: 'microservices' },
    })
  })

  it.each([
    [{ alias_of: 7 }, '/alias_of', 'must be a string'],
    [{ alias_of: '' }, '/alias_of', 'must be a hostname'],
    [{ alias_of: 'https://a.example.com' }, '/alias_of', 'must be a hostname'],
    [
      { alias_of: 'a.example.com', assignment: 'record' },
      '/assignment',
      'must be one of "default", "microservices", "auth", "asset"',
    ],
    [[], '', 'must be an object'],
    ['a.example.com', '', 'must be an object'],
    [null, '', 'must be an object'],
  ])('%j is refused at %j: %s', (value, path, message) => {
    expect(parseHostValue(value, {})).toEqual({ ok: false, error: { path, message } })
  })

  it('is parsed from text as well', () => {
    expect(parseHostText('{"alias_of":"a.example.com"}', {})).toMatchObject({
      ok: true,
      value: { kind: 'alias' },
    })
    expect(parseHostText('a.example.com', {})).toEqual({
      ok: false,
      error: { path: '', message: 'is not JSON' },
    })
  })
})
