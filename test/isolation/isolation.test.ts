import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keypath, testApp, type TestApp, type TestUser } from '../support/app.ts'
import { endpoints, inhabitants, type Endpoint, type Leaves } from '../support/endpoints.ts'
import { snapshot } from '../support/snapshot.ts'
import { invented, victim, type Victim } from './victim.ts'

const RUNS = 40

/** Another app and a twin of it, which is told invented names wherever the other is told the victim's. */
type Attacker = { readonly app: TestApp; readonly user: TestUser }
let b: Victim
let before: Awaited<ReturnType<typeof snapshot>>
let attacker: Attacker
let twin: Attacker
let fictions: Victim['ids']

beforeAll(async () => {
  b = await victim()
  fictions = invented(b.ids)
  const attack = async (): Promise<Attacker> => {
    const app = await testApp()
    const user = await app.signUp('mallory')
    await app.call('record:save', { records: [{ _id: 'note/1', title: 'mine' }] }, user)
    return { app, user }
  }
  attacker = await attack()
  twin = await attack()
  before = await snapshot(b.app)
  expect(Object.keys(before).length).toBeGreaterThan(10)
})

afterAll(async () => {
  expect(await snapshot(b.app)).toEqual(before)
})

/** A victim's name, to be written into a request as what it is or as an invention. */
const slot = (name: string): string => `⟦${name}⟧`
const fill = (template: string, ids: Victim['ids']): string =>
  template.replaceAll(/⟦(\w+)⟧/g, (whole, name: string) => ids[name] ?? whole)

const SLOTS = 'user session token apiKey masterKey schema username type column key role'.split(' ')
const recordId = fc.constantFrom(
  `${slot('type')}/${slot('key')}`,
  `${slot('type')}/${slot('key')}p`,
  `user/${slot('user')}`,
  'note/1',
)
const text = fc.oneof(fc.constantFrom(...SLOTS).map(slot), recordId)
const named = fc.constantFrom(
  '_id',
  '_database_id',
  '_ownerID',
  '_owner_id',
  'user_id',
  'username',
  'email',
  '$id',
  'role',
  'title',
  slot('column'),
)
const reference = recordId.map(($id) => ({ $type: 'ref', $id }))
const record = fc
  .tuple(recordId, fc.dictionary(named, fc.oneof(text, reference), { maxKeys: 3 }), fc.constantFrom(...SLOTS))
  .map(([_id, fields, name]) => ({
    ...fields,
    _id,
    _access: [{ level: 'write', user_id: slot('user'), role: slot(name) }],
  }))
const comparison = fc
  .tuple(
    fc.constantFrom('eq', 'neq', 'like', 'gte'),
    fc.oneof(fc.constantFrom('_id', '_owner', '_created_by', 'username', slot('column'))),
    fc.oneof(text, reference),
  )
  .map(([operator, name, value]) => [operator, keypath(name), value])
const leaves: Leaves = {
  text,
  anything: fc.oneof(text, fc.dictionary(named, fc.oneof(text, reference)), record, reference, comparison),
  fields: {
    predicate: comparison,
    sort: fc.constantFrom([[keypath('_id'), 'asc']], [[keypath(slot('column')), 'desc']]),
    records: fc.array(record, { minLength: 1, maxLength: 3 }),
    ids: fc.array(recordId, { minLength: 1, maxLength: 3 }),
    record_type: fc.constantFrom(slot('type'), 'user', 'note', '_role', '_core_session'),
    auth_data: fc.constantFrom({ username: slot('username') }, { email: slot('username') }, {}),
    password: fc.constantFrom('secret', slot('token')),
    database_id: fc.constantFrom(slot('user'), '_private', '_public', '_union', slot('schema')),
    desired_keys: fc.constant(null),
    include: fc.constant({}),
  },
}
const bodyOf = (endpoint: Endpoint): fc.Arbitrary<Record<string, unknown>> =>
  endpoint.kind === 'route'
    ? fc.constant({})
    : fc
        .tuple(inhabitants(endpoint.input, leaves), fc.dictionary(named, text, { maxKeys: 2 }))
        .map(([input, more]) => ({ ...more, ...(input as object) }))

/** What a caller shows. `own`: the attacker's; anything else is a slot. */
type Shown = { key?: string; token?: string; _user_id?: string }
const OWN: readonly (keyof Shown)[][] = [[], ['key'], ['token'], ['key', 'token']]
const shown = fc.record(
  {
    key: fc.constantFrom('own key', 'own master key', slot('apiKey'), slot('masterKey')),
    token: fc.constantFrom('own token', slot('token'), slot('session')),
    _user_id: fc.constantFrom(slot('user'), 'own user'),
  },
  { requiredKeys: [] },
)

const realize = ({ app, user }: Attacker, value: string): string =>
  ({ 'own key': app.apiKey, 'own master key': app.masterKey, 'own token': user.token, 'own user': user.id })[
    value
  ] ?? value

type Sent = {
  readonly endpoint: Endpoint
  readonly body: Record<string, unknown>
  readonly shown: Shown
  readonly where: 'header' | 'body'
}

/** One request to a host, through the attacker's own isolate, which so has served both apps. */
async function send(
  { endpoint, body, shown: { key, token, _user_id }, where }: Sent,
  from: Attacker,
  host: string,
  ids: Victim['ids'],
) {
  const real = (value: string) => fill(realize(from, value), ids)
  const headers = new Headers({ 'x-forwarded-for': '10.0.0.1' })
  const url = new URL(endpoint.path, `https://${host}`)
  const credentials: Record<string, string> = {}
  const show = (header: string, field: string, value: string | undefined) => {
    if (value === undefined) return
    if (where === 'header') headers.set(header, real(value))
    else if (endpoint.kind === 'route') url.searchParams.set(field, real(value))
    else credentials[field] = real(value)
  }
  show('x-skygear-api-key', 'api_key', key)
  show('x-skygear-access-token', 'access_token', token)
  if (_user_id !== undefined) credentials['_user_id'] = real(_user_id)
  if (endpoint.name.endsWith('pubsub')) headers.set('upgrade', 'websocket')
  const response = await from.app.fetch(
    new Request(url, {
      method: endpoint.method,
      headers,
      ...(endpoint.method === 'POST' && { body: fill(JSON.stringify({ ...body, ...credentials }), ids) }),
    }),
  )
  if (response.webSocket) {
    response.webSocket.accept()
    response.webSocket.close()
  }
  const kept = [...response.headers].filter(([name]) => !/request-id|length|server-timing/.test(name))
  return { status: response.status, headers: kept, text: await response.text() }
}

/** An answer without what differs from app to app and from one moment to the next; names as slots. */
function masked(answer: Awaited<ReturnType<typeof send>>, from: Attacker, ids: Victim['ids']) {
  let masked = answer.text
  for (const [name, id] of Object.entries(ids)) masked = masked.replaceAll(id, slot(name))
  masked = masked
    .replaceAll(from.app.schema, '<app>')
    .replaceAll(from.app.host, '<host>')
    .replaceAll(from.user.id, '<self>')
  const seen = new Map<string, string>()
  const numbered = (id: string) => seen.get(id) ?? seen.set(id, `<id ${seen.size}>`).get(id) ?? ''
  return {
    ...answer,
    text: masked
      .replaceAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, '<token>')
      .replaceAll(/"(x|kid)":"[\w-]{43}"/g, '"$1":"<key>"')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, numbered)
      .replaceAll(/expiredAt=\d+&signature=[\w%-]+/g, '<signed>')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>'),
  }
}

const tellsNothing = (text: string) => {
  for (const secret of b.secrets) expect(text).not.toContain(secret)
}

/** v2's endpoints are asked in assets.test.ts. */
const v1 = endpoints.filter(({ kind }) => kind !== 'v2')

describe.each(v1)('$name', (endpoint) => {
  it('at another app’s host takes no credential of this app for more than an invented one', async () => {
    await fc.assert(
      fc.asyncProperty(
        bodyOf(endpoint),
        fc.constantFrom(...OWN),
        fc.constantFrom('own key', 'own master key'),
        fc.constantFrom('header' as const, 'body' as const),
        async (body, given, key, where) => {
          const own: Shown = {
            ...(given.includes('key') && { key }),
            ...(given.includes('token') && { token: 'own token' }),
            _user_id: slot('user'),
          }
          const fake: Shown = {
            ...own,
            ...(own.key && { key: 'made up' }),
            ...(own.token && { token: 'made.up.too' }),
          }
          const answer = await send({ endpoint, body, shown: own, where }, attacker, b.app.host, b.ids)
          const other = await send({ endpoint, body, shown: fake, where }, attacker, b.app.host, b.ids)
          expect(answer).toEqual(other)
          if (endpoint.access !== 'anyone') expect(answer.status).toBe(401)
          tellsNothing(answer.text)
        },
      ),
      { numRuns: RUNS },
    )
  })

  it('at this app’s host answers about another app’s names as about invented ones', async () => {
    await fc.assert(
      fc.asyncProperty(
        bodyOf(endpoint),
        shown,
        fc.constantFrom('header' as const, 'body' as const),
        async (body, shown, where) => {
          const sent = { endpoint, body, shown, where }
          const about = await send(sent, attacker, attacker.app.host, b.ids)
          const fiction = await send(sent, twin, twin.app.host, fictions)
          expect(masked(about, attacker, b.ids)).toEqual(masked(fiction, twin, fictions))
          tellsNothing(about.text)
          // Not even the victim's own keys are worth anything here.
          if (shown.key?.startsWith('⟦') || (shown.token === slot('token') && endpoint.access !== 'key'))
            expect(about.status === 401 || endpoint.access === 'anyone').toBe(true)
        },
      ),
      { numRuns: RUNS },
    )
  })
})

describe('the other app', () => {
  it('is as it was, and still lets its own user read', async () => {
    expect(await snapshot(b.app)).toEqual(before)
    const ids = [`${b.ids['type']}/${b.ids['key']}`]
    const { text } = await b.app.call('record:fetch', { ids }, b.user)
    expect(text).toContain(b.secrets[0])
  })
})
