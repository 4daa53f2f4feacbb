import { describe, expect, it } from 'vitest'
import { rotate, type Rotation } from '../../../src/gateway/operations/rotate.ts'
import { edited, minimal } from '../document.fixture.ts'

const withClients = (...clients: object[]) => edited(minimal, '/app_config/clients', clients)
const web = { client_name: 'web', client_id: 'old', access_token_lifetime: 900 }
const ios = { client_name: 'ios', client_id: 'ios' }
const outcomeOf = (document: unknown, rotation: Rotation) => {
  const outcome = rotate(document, rotation, (bytes) => `fresh${bytes}`)
  return outcome.ok ? outcome.value : outcome.error.name
}
const fresh = { ...web, client_id: 'fresh16' }
const clientsTo = (...clients: object[]) => [['app_config.clients', clients]]

describe('a new API key', () => {
  it.each([
    ['stands beside the old one', withClients(web, ios), {}, clientsTo(fresh, web, ios), 'fresh16'],
    [
      'may be another client’s',
      withClients(web, ios),
      { client: 'ios' },
      clientsTo({ ...ios, client_id: 'fresh16' }, web, ios),
      'fresh16',
    ],
    [
      'is the first client’s where there is none',
      minimal,
      {},
      clientsTo({ client_name: 'default', client_id: 'fresh16' }),
      'fresh16',
    ],
    ['is not made twice in one rotation', withClients(fresh, web), {}, [], 'fresh16'],
    [
      'takes the old one’s place when that is dropped',
      withClients(fresh, web, ios),
      { dropOld: true },
      clientsTo(fresh, ios),
      'fresh16',
    ],
    [
      'stays when the old one is dropped once more',
      withClients(fresh, ios),
      { dropOld: true },
      clientsTo(fresh, ios),
      'fresh16',
    ],
    [
      'of a client as v2.2 wrote it',
      withClients({ id: 'x', name: 'web', api_key: 'k' }),
      {},
      clientsTo({ client_name: 'web', client_id: 'fresh16' }, { id: 'x', name: 'web', api_key: 'k' }),
      'fresh16',
    ],
  ])('%s', (_, document, options, edits, api_key) => {
    expect(outcomeOf(document, { kind: 'api-key', ...options })).toEqual({ edits, fresh: { api_key } })
  })

  it.each([
    ['a client that is not there', { kind: 'api-key', client: 'tv' }, 'ResourceNotFound'],
    [
      'the old key of a client that is not there',
      { kind: 'api-key', client: 'tv', dropOld: true },
      'ResourceNotFound',
    ],
    ['an old master key', { kind: 'master-key', dropOld: true }, 'InvalidArgument'],
    ['a client’s secret', { kind: 'secret', client: 'web' }, 'InvalidArgument'],
  ] as const)('is refused for %s', (_, rotation, name) => {
    expect(outcomeOf(withClients(web), rotation)).toBe(name)
  })
})

it('a new master key is told, a new secret is not', () => {
  expect(outcomeOf(minimal, { kind: 'master-key' })).toEqual({
    edits: [['app_config.master_key', 'fresh32']],
    fresh: { master_key: 'fresh32' },
  })
  expect(outcomeOf(minimal, { kind: 'secret' })).toEqual({
    edits: [['app_config.auth.authentication_session.secret', 'fresh32']],
    fresh: {},
  })
})
