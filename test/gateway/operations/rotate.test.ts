import { describe, expect, it } from 'vitest'
import { rotate, type Rotation } from '../../../src/gateway/operations/rotate.ts'
import { edited, minimal } from '../document.fixture.ts'

const withClients = (...clients: object[]) => edited(minimal, '/app_config/clients', clients)
const web = { client_name: 'web', client_id: 'old', access_token_lifetime: 900 }
const ios = { client_name: 'ios', client_id: 'ios' }
const outcomeOf = async (document: unknown, rotation: Rotation) => {
  const outcome = await rotate(document, rotation, (bytes) => `fresh${bytes}`)
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
  ])('%s', async (_, document, options, edits, api_key) => {
    expect(await outcomeOf(document, { kind: 'api-key', ...options })).toEqual({ edits, fresh: { api_key } })
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
  ] as const)('is refused for %s', async (_, rotation, name) => {
    expect(await outcomeOf(withClients(web), rotation)).toBe(name)
  })
})

it('a new master key is told, a new secret is not', async () => {
  expect(await outcomeOf(minimal, { kind: 'master-key' })).toEqual({
    edits: [['app_config.master_key', 'fresh32']],
    fresh: { master_key: 'fresh32' },
  })
  expect(await outcomeOf(minimal, { kind: 'secret' })).toEqual({
    edits: [['app_config.auth.authentication_session.secret', 'fresh32']],
    fresh: {},
  })
})

describe('a new signing key', () => {
  const NOW = Date.parse('2026-07-01T00:00:00Z')
  const rotated = async (document: unknown, dropOld = false, now = NOW) => {
    const outcome = await rotate(document, { kind: 'signing', dropOld }, () => '', now)
    if (!outcome.ok) throw new Error(outcome.error.message)
    const [edit] = outcome.value.edits
    return { keys: edit?.[1] as readonly Readonly<Record<string, unknown>>[] | undefined, ...outcome.value }
  }
  const withKeys = (keys: unknown) =>
    edited(edited(minimal, '/app_config/oidc', {}), '/app_config/oidc/keys', keys)
  const derived = { kid: 'derived', public_key: '', private_key: '' }
  const old = { kid: 'old', public_key: 'PEM', private_key: 'PEM' }

  it('stands in front of the old ones, and signs when everybody knows it', async () => {
    const { keys, fresh } = await rotated(withKeys([old]))
    expect(keys).toEqual([
      {
        kid: expect.any(String),
        public_key: expect.stringMatching(
          /^-----BEGIN PUBLIC KEY-----\n[\w+/=]+\n-----END PUBLIC KEY-----\n$/,
        ),
        private_key: expect.stringContaining('PRIVATE KEY'),
        signs_from: NOW / 1000 + 300,
      },
      old,
    ])
    expect(fresh, 'no private key is told').toEqual({ signing_key: keys?.[0]?.['kid'] })
  })

  it('stands in front of the derived one where there is none yet', async () => {
    expect((await rotated(minimal)).keys?.slice(1)).toEqual([derived])
  })

  it('is not made twice in one rotation', async () => {
    const { keys } = await rotated(withKeys([old]))
    expect((await rotated(withKeys(keys))).edits).toEqual([])
    expect((await rotated(withKeys(keys), false, NOW + 300_001)).keys).toHaveLength(3)
  })

  it('is the only one when the old are dropped, once more is no harm', async () => {
    const { keys } = await rotated(withKeys([old]))
    const dropped = await rotated(withKeys(keys), true)
    expect(dropped.keys).toEqual(keys?.slice(0, 1))
    expect((await rotated(withKeys(dropped.keys), true)).edits).toEqual([])
  })
})
