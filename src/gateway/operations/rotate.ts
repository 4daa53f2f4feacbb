import { fail, invalid, type Failure } from '../../core/failure.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { API_KEY_BYTES, SECRET_BYTES } from '../document/compose.ts'
import type { Edits } from './edit.ts'
import { valueAt } from './place.ts'

export const ROTATIONS = ['api-key', 'master-key', 'secret'] as const
/** `secret`: the one behind access tokens, which all end with it where the document gives no signing key. */
export type Rotation = {
  readonly kind: (typeof ROTATIONS)[number]
  /** Which client's API key; its first where it is not given. */
  readonly client?: string | undefined
  /** Takes the old API keys of that client away instead of making a new one. */
  readonly dropOld?: boolean | undefined
}

/** What to write, and the fresh key, to be shown this once. */
export type Rotated = { readonly edits: Edits; readonly fresh: Readonly<Record<string, string>> }

/**
 * New keys. An API key is in programs that people run, so the new one works beside the old until that is dropped: two
 * steps, each of which may be repeated. Nobody has to be waited for with the others: they change at once.
 */
export function rotate(
  document: unknown,
  { kind, client, dropOld = false }: Rotation,
  random: (bytes: number) => string,
): Result<Rotated, Failure> {
  if (kind === 'api-key') return rotateApiKey(document, client, dropOld, random)
  if (dropOld || client !== undefined)
    return err(invalid('only an API key has an old one and a client', 'kind'))
  const key = random(SECRET_BYTES)
  return ok(
    kind === 'master-key'
      ? { edits: [['app_config.master_key', key]], fresh: { master_key: key } }
      : { edits: [['app_config.auth.authentication_session.secret', key]], fresh: {} },
  )
}

type Client = Readonly<Record<string, unknown>>
/** As `document/client.ts` reads it: v2.2 had other names. */
const nameOf = (client: Client): unknown => client['client_name'] ?? client['name'] ?? client['id']
const keyOf = (client: Client): string => String(client['client_id'] ?? client['api_key'])

function rotateApiKey(
  document: unknown,
  name: string | undefined,
  dropOld: boolean,
  random: (bytes: number) => string,
): Result<Rotated, Failure> {
  const listed = valueAt(document, ['app_config', 'clients'])
  const clients = (Array.isArray(listed) ? listed : []).filter(isClient)
  const wanted = name ?? (clients[0] ? nameOf(clients[0]) : 'default')
  const same = clients.filter((client) => nameOf(client) === wanted)
  const [newest] = same
  if (dropOld) {
    if (!newest) return err(fail('ResourceNotFound', `the app has no client ${String(wanted)}`))
    const kept = clients.filter((client) => client === newest || nameOf(client) !== wanted)
    return ok({ edits: [['app_config.clients', kept]], fresh: { api_key: keyOf(newest) } })
  }
  if (!newest && clients.length > 0)
    return err(fail('ResourceNotFound', `the app has no client ${String(wanted)}`))
  // A rotation that has begun: what was asked for is there, perhaps by a call whose answer was lost.
  if (newest && same.length > 1) return ok({ edits: [], fresh: { api_key: keyOf(newest) } })
  const key = random(API_KEY_BYTES)
  const { client_id: _id, api_key: _key, name: _name, id: _v22, ...settings } = newest ?? {}
  const added = { ...settings, client_name: wanted, client_id: key }
  return ok({ edits: [['app_config.clients', [added, ...clients]]], fresh: { api_key: key } })
}

const isClient = (item: unknown): item is Client => typeof item === 'object' && item !== null
