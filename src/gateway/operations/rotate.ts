import { fail, invalid, type Failure } from '../../core/failure.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { DERIVED_KEY } from '../../core/tenant.ts'
import { API_KEY_BYTES, SECRET_BYTES } from '../document/compose.ts'
import type { Edits } from './edit.ts'
import { valueAt } from './place.ts'

export const ROTATIONS = ['api-key', 'master-key', 'secret', 'signing'] as const
/**
 * `secret`: the one behind access tokens, which all end with it where the document gives no signing key.
 * `signing`: a key that signs access tokens.
 */
export type Rotation = {
  readonly kind: (typeof ROTATIONS)[number]
  /** Which client's API key; its first where it is not given. */
  readonly client?: string | undefined
  /** Takes the old API keys of that client, or the old signing keys, away instead of making a new one. */
  readonly dropOld?: boolean | undefined
}

/** What to write, and the fresh key, to be shown this once. */
export type Rotated = { readonly edits: Edits; readonly fresh: Readonly<Record<string, string>> }

/**
 * New keys. An API key is in programs that people run, and a signing key's tokens in their devices, so the new one works
 * beside the old until that is dropped: two steps, each of which may be repeated. Nobody has to be waited for with the
 * others: they change at once.
 */
export async function rotate(
  document: unknown,
  { kind, client, dropOld = false }: Rotation,
  random: (bytes: number) => string,
  now: number = Date.now(),
): Promise<Result<Rotated, Failure>> {
  if (kind === 'signing' && client === undefined) return rotateSigning(document, dropOld, now)
  if (kind === 'api-key') return rotateApiKey(document, client, dropOld, random)
  if (dropOld || client !== undefined)
    return err(invalid('only an API key has a client, and it or a signing key an old one', 'kind'))
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

/** How long a new key only verifies: until every isolate and every reader of the key set has heard of it. */
const SIGNS_AFTER_SECONDS = 300

/** Where there is no list, the derived key has signed until now: it stays in the list until it is dropped. */
const DERIVED: SigningKey = { kid: DERIVED_KEY, public_key: '', private_key: '' }

async function rotateSigning(
  document: unknown,
  dropOld: boolean,
  now: number,
): Promise<Result<Rotated, Failure>> {
  const listed = valueAt(document, ['app_config', 'oidc', 'keys'])
  const keys = Array.isArray(listed) && listed.length > 0 ? listed.filter(isSigningKey) : [DERIVED]
  const [newest = DERIVED] = keys
  const signsFrom = Math.floor(now / 1000) + SIGNS_AFTER_SECONDS
  const answer = (list: readonly SigningKey[]): Result<Rotated, Failure> =>
    ok({
      edits: list === keys ? [] : [['app_config.oidc.keys', list]],
      fresh: { signing_key: list[0]?.kid ?? '' },
    })
  if (dropOld) return keys.length === 1 ? answer(keys) : answer([newest])
  // A rotation that has begun: what was asked for is there, perhaps by a call whose answer was lost.
  if ((newest.signs_from ?? 0) * 1000 > now) return answer(keys)
  return answer([{ ...(await newSigningKey()), signs_from: signsFrom }, ...keys])
}

type SigningKey = {
  readonly kid: string
  readonly public_key: string
  readonly private_key: string
  readonly signs_from?: number
}
const isSigningKey = (item: unknown): item is SigningKey =>
  typeof item === 'object' && item !== null && 'kid' in item

/** An Ed25519 pair as the document gives one: PEM (RFC 7468). */
async function newSigningKey(): Promise<SigningKey> {
  const { publicKey, privateKey } = (await crypto.subtle.generateKey('Ed25519', true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair
  const pem = async (format: 'spki' | 'pkcs8', key: CryptoKey, label: string) => {
    const bytes = new Uint8Array((await crypto.subtle.exportKey(format, key)) as ArrayBuffer)
    return `-----BEGIN ${label}-----\n${btoa(String.fromCharCode(...bytes))}\n-----END ${label}-----\n`
  }
  return {
    kid: crypto.randomUUID(),
    public_key: await pem('spki', publicKey, 'PUBLIC KEY'),
    private_key: await pem('pkcs8', privateKey, 'PRIVATE KEY'),
  }
}
