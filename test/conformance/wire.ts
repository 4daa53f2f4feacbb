import './localhost.ts'
import { expect } from 'vitest'
import type { App } from './system.ts'

export type Json = { readonly [key: string]: unknown }
export type Answer = {
  readonly status: number
  /** The body as it came. */
  readonly text: string
  readonly json: Json
  readonly headers: Headers
}

/** Any HTTP request to an app. */
export async function send(app: Pick<App, 'url'>, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(new URL(path, app.url), init)
  const text = await response.text()
  return { status: response.status, text, json: parsed(text), headers: response.headers }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return {}
  }
}

export type Credentials = {
  /** Null: none. Left out: the app's API key. */
  readonly key?: string | null
  readonly token?: string
}

/** An action with its credentials in the body, as the SDK sends it. */
export function call(app: App, action: string, fields: Json = {}, as: Credentials = {}): Promise<Answer> {
  const key = as.key === undefined ? app.api_key : as.key
  const body = {
    action,
    ...(key !== null && { api_key: key }),
    ...(as.token !== undefined && { access_token: as.token }),
    ...fields,
  }
  return post(app, `/${action.replaceAll(':', '/')}`, JSON.stringify(body))
}

/** A body as it stands, for those that `JSON.stringify` does not make. */
export const post = (
  app: Pick<App, 'url'>,
  path: string,
  body: string,
  headers: Record<string, string> = {},
) => send(app, path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })

/** §3.2: the codes that the suite meets, with name and status. */
const CODES = {
  101: ['NotAuthenticated', 401],
  102: ['PermissionDenied', 403],
  103: ['AccessKeyNotAccepted', 401],
  104: ['AccessTokenNotAccepted', 401],
  105: ['InvalidCredentials', 401],
  106: ['InvalidSignature', 401],
  107: ['BadRequest', 400],
  108: ['InvalidArgument', 400],
  109: ['Duplicated', 409],
  110: ['ResourceNotFound', 404],
  111: ['NotSupported', 501],
  114: ['IncompatibleSchema', 409],
  115: ['AtomicOperationFailure', 409],
  117: ['UndefinedOperation', 404],
  120: ['RecordQueryInvalid', 400],
  10000: ['UnexpectedError', 500],
} as const
export type Code = keyof typeof CODES

const message = expect.stringMatching(/./) as unknown

/** §3.1: an error object, whole. */
export const errorObject = (code: Code, info?: Json): Json => ({
  name: CODES[code][0],
  code,
  message,
  ...(info && { info }),
})

/** §3.1: a refused item of a batch, whole. */
export const errorItem = (code: Code, id?: string, info?: Json): Json => ({
  ...(id !== undefined && { _id: id }),
  _type: 'error',
  ...errorObject(code, info),
})

/** §1.5, §3.1: the envelope of a refusal, with its status, and no key more than these. */
export function expectFailure({ status, json }: Answer, code: Code, info?: Json): void {
  expect({ status, json }).toEqual({ status: CODES[code][1], json: { error: errorObject(code, info) } })
}

/** A record or refused item as it stands on the wire. */
export type Item = Json & { readonly _id?: string }

/** The result of an action that succeeded: an object. */
export function resultOf({ status, json, text }: Answer): Json {
  const result = json['result']
  if (status === 200 && typeof result === 'object' && result !== null && !Array.isArray(result))
    return result as Json
  throw new Error(`not an object as result: ${status} ${text}`)
}

/** The result of an action that succeeded: a list. */
export function itemsOf({ status, json, text }: Answer): readonly Item[] {
  const result = json['result']
  if (status === 200 && Array.isArray(result)) return result as Item[]
  throw new Error(`not a list as result: ${status} ${text}`)
}

/** Saves records as they stand, in the public database unless told otherwise. */
export const save = (app: App, records: readonly unknown[], as: Credentials, more: Json = {}) =>
  call(app, 'record:save', { records, ...more }, as)

/** Records of a type as an app's caller sees them. */
export const query = (app: App, type: string, as: Credentials = {}, more: Json = {}) =>
  call(app, 'record:query', { record_type: type, ...more }, as)

/** A user made over the wire. */
export async function signUp(app: App, username: string, password: string, profile: Json = {}) {
  const answer = await call(app, 'auth:signup', { auth_data: { username }, password, profile })
  const { user_id: id, access_token: token } = resultOf(answer)
  return { id: String(id), token: String(token) }
}
