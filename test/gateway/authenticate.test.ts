import { describe, expect, it } from 'vitest'
import { fail, type FailureName } from '../../src/core/failure.ts'
import type { Access } from '../../src/core/gear.ts'
import type { Tokens } from '../../src/core/ports.ts'
import { err, ok } from '../../src/core/result.ts'
import { authenticate, credentialsOf } from '../../src/gateway/authenticate.ts'
import { aTenant } from '../support/tenant.ts'

const now = new Date('2026-07-01T00:00:00Z')
const tenant = aTenant({ clients: [{ id: 'client-key' }, { id: 'other-client' }] })
/** One good token, and a note of what was asked. */
function fakeTokens() {
  const asked: unknown[] = []
  const tokens: Tokens = {
    verify: async (...args) => {
      asked.push(args)
      return args[1] === 'good'
        ? ok({ userId: 'u-1', sessionId: 's-1' })
        : err(fail('AccessTokenNotAccepted', 'no'))
    },
    issue: () => Promise.reject(new Error('not asked for')),
    publicKeys: () => Promise.reject(new Error('not asked for')),
    verifyCustom: () => Promise.reject(new Error('not asked for')),
  }
  return { tokens, asked }
}

const KEYS = {
  none: null,
  client: 'client-key',
  second: 'other-client',
  master: 'master-key',
  wrong: 'client-kez',
}
const TOKENS = { none: null, good: 'good', bad: 'bad' }
type Key = keyof typeof KEYS
type Token = keyof typeof TOKENS

const nobody = null
const ana = { id: 'u-1', sessionId: 's-1' }
const god = { id: '_god', sessionId: null }
const anonymous = { none: { key: 'none', clientId: null }, client: { key: 'client', clientId: 'client-key' } }
const client = anonymous.client
const second = { key: 'client', clientId: 'other-client' }
const master = { key: 'master', clientId: null }
const none = anonymous.none

type Outcome =
  | FailureName
  | { readonly key: string; readonly clientId: string | null; readonly user: unknown }

/** v1 protocol, section 2.3: [access, key, token, who that is, or why not]. */
const ROWS: readonly (readonly [Access, Key, Token, Outcome])[] = [
  ['anyone', 'none', 'none', { ...none, user: nobody }],
  ['anyone', 'wrong', 'bad', { ...none, user: nobody }],
  ['anyone', 'master', 'good', { ...none, user: nobody }],

  ['key', 'none', 'none', 'NotAuthenticated'],
  ['key', 'none', 'good', 'NotAuthenticated'],
  ['key', 'wrong', 'none', 'AccessKeyNotAccepted'],
  ['key', 'wrong', 'good', 'AccessKeyNotAccepted'],
  ['key', 'client', 'none', { ...client, user: nobody }],
  ['key', 'client', 'good', { ...client, user: nobody }],
  ['key', 'client', 'bad', { ...client, user: nobody }],
  ['key', 'second', 'none', { ...second, user: nobody }],
  ['key', 'master', 'none', { ...master, user: nobody }],
  ['key', 'master', 'bad', { ...master, user: nobody }],

  ['optional user', 'none', 'none', 'NotAuthenticated'],
  ['optional user', 'none', 'good', { ...none, user: ana }],
  ['optional user', 'none', 'bad', 'AccessTokenNotAccepted'],
  ['optional user', 'wrong', 'none', 'AccessKeyNotAccepted'],
  ['optional user', 'wrong', 'good', 'AccessKeyNotAccepted'],
  ['optional user', 'client', 'none', { ...client, user: nobody }],
  ['optional user', 'client', 'good', { ...client, user: ana }],
  ['optional user', 'client', 'bad', 'AccessTokenNotAccepted'],
  ['optional user', 'second', 'good', { ...second, user: ana }],
  ['optional user', 'master', 'none', { ...master, user: god }],
  ['optional user', 'master', 'good', { ...master, user: ana }],
  ['optional user', 'master', 'bad', 'AccessTokenNotAccepted'],

  ['user', 'none', 'none', 'NotAuthenticated'],
  ['user', 'none', 'good', { ...none, user: ana }],
  ['user', 'none', 'bad', 'AccessTokenNotAccepted'],
  ['user', 'wrong', 'none', 'AccessKeyNotAccepted'],
  ['user', 'wrong', 'good', 'AccessKeyNotAccepted'],
  ['user', 'client', 'none', 'NotAuthenticated'],
  ['user', 'client', 'good', { ...client, user: ana }],
  ['user', 'client', 'bad', 'AccessTokenNotAccepted'],
  ['user', 'second', 'none', 'NotAuthenticated'],
  ['user', 'master', 'none', { ...master, user: god }],
  ['user', 'master', 'good', { ...master, user: ana }],
  ['user', 'master', 'bad', 'AccessTokenNotAccepted'],
]

const judge = async (
  access: Access,
  key: string | null,
  accessToken: string | null,
  actingFor: string | null,
) => {
  const { tokens, asked } = fakeTokens()
  const answer = await authenticate({ apiKey: key, accessToken, actingFor }, access, tenant, tokens, now)
  return { outcome: answer.ok ? answer.value : answer.error.name, asked }
}

describe('a caller', () => {
  it.each(ROWS)(
    'of an action for %s, with key %s and token %s, is %j',
    async (access, key, token, outcome) => {
      expect((await judge(access, KEYS[key], TOKENS[token], null)).outcome).toEqual(outcome)
    },
  )

  it.each(ROWS)(
    'for %s with key %s and token %s stands in for another only by the master key',
    async (...row) => {
      const [access, key, token, outcome] = row
      const expected =
        typeof outcome === 'object' && outcome.user === god
          ? { ...outcome, user: { id: 'u-9', sessionId: null } }
          : outcome
      expect((await judge(access, KEYS[key], TOKENS[token], 'u-9')).outcome).toEqual(expected)
    },
  )

  it.each(['', 'client-ke', 'client-keyy', 'CLIENT-KEY', 'master-ke', 'master-key '])(
    'with the near miss %j for a key is refused',
    async (key) => expect((await judge('key', key, null, null)).outcome).toBe('AccessKeyNotAccepted'),
  )

  it('has the token judged for this app and this moment', async () => {
    expect((await judge('user', null, 'good', null)).asked).toEqual([[tenant, 'good', now]])
  })

  it.each<Access>(['anyone', 'key'])('of an action for %s has no token looked at', async (access) => {
    expect((await judge(access, 'client-key', 'good', null)).asked).toEqual([])
  })

  it('with a wrong key has no token looked at', async () => {
    expect((await judge('user', 'nope', 'good', null)).asked).toEqual([])
  })
})

describe('the credentials of a request', () => {
  const headers = { 'X-Skygear-API-Key': 'hk', 'X-Skygear-Access-Token': 'ht' }
  const body = { api_key: 'bk', access_token: 'bt', _user_id: 'u' }
  const query = new URLSearchParams('api_key=qk&access_token=qt&_user_id=q')

  it.each([
    ['headers over body and query', headers, body, query, ['hk', 'ht', 'u']],
    ['the query where there is no header', {}, {}, query, ['qk', 'qt', null]],
    ['the body', {}, body, undefined, ['bk', 'bt', 'u']],
    ['one from each', { 'X-Skygear-API-Key': 'hk' }, { access_token: 'bt' }, undefined, ['hk', 'bt', null]],
    ['nothing', {}, {}, undefined, [null, null, null]],
    [
      'nothing of nulls',
      {},
      { api_key: null, access_token: null, _user_id: null },
      undefined,
      [null, null, null],
    ],
    [
      'nothing of empty texts',
      {},
      { api_key: '', access_token: '', _user_id: '' },
      undefined,
      [null, null, null],
    ],
    ['the body behind an empty header', { 'X-Skygear-API-Key': '' }, body, undefined, ['bk', 'bt', 'u']],
    [
      'nothing of other types',
      {},
      { api_key: 1, access_token: ['t'], _user_id: {} },
      undefined,
      [null, null, null],
    ],
  ])('are %s', (_, given, inBody, inQuery, [apiKey, accessToken, actingFor]) => {
    const credentials = credentialsOf(new Headers(given), { ...inBody }, inQuery)
    expect(credentials).toEqual({ apiKey, accessToken, actingFor })
  })
})
