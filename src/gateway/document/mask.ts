import { DOCUMENT_WALK_DEPTH_MAX } from '../../core/limits.ts'

/**
 * The keys whose values are secrets: those of skygear v2.3 "Logging rules", with the asset secret and the private keys
 * that it forgot. A longer name counts if it ends in one of them after an underscore, so `client_secret`,
 * `state_jwt_secret` and a gear's `apns_private_key` are covered too.
 */
const SECRET_KEYS = [
  'master_key',
  'secret',
  'private_key',
  'server_key',
  'password',
  'auth_token',
  'database_url',
]
/** A block of settings that only sounds like one. */
const NOT_SECRET_KEYS = ['forgot_password']

/** What stands for a secret where people see it. */
export const MASK = '•••'
/** Enough of the end to tell two keys apart, and only of secrets long enough to spare it. */
const SHOWN_CHARACTERS = 4
const SHOWN_FROM_LENGTH = 13

/**
 * A deep copy for people to see: secrets are replaced by `•••` and, when longer than 12 characters, their last four.
 * Of a URL only the password goes, wherever in the document the URL is. The value need not be a valid document.
 */
export const maskSecrets = (document: unknown): unknown => copy(document, false, 0)

function copy(value: unknown, secret: boolean, depth: number): unknown {
  if (typeof value === 'string') return secret ? maskText(value) : maskUrl(value)
  if (typeof value === 'number') return secret ? MASK : value
  if (typeof value !== 'object' || value === null) return value
  if (depth === DOCUMENT_WALK_DEPTH_MAX) return MASK
  if (Array.isArray(value)) return value.map((item) => copy(item, secret, depth + 1))
  // fromEntries defines its keys, so that a key named __proto__ stays a key.
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      typeof each === 'string' && !secret && key.toLowerCase().endsWith('database_url')
        ? maskDatabaseUrl(each)
        : copy(each, secret || isSecretKey(key), depth + 1),
    ]),
  )
}

/** Whether what stands under this key is a secret. */
export function isSecretKey(key: string): boolean {
  const name = key.toLowerCase()
  if (NOT_SECRET_KEYS.includes(name)) return false
  return SECRET_KEYS.some((secret) => name === secret || name.endsWith(`_${secret}`))
}

const maskText = (text: string): string =>
  text.length < SHOWN_FROM_LENGTH ? MASK : MASK + text.slice(-SHOWN_CHARACTERS)

/** A connection string that is no URL ("host=db password=…") is hidden whole: its last four may be a password's. */
const maskDatabaseUrl = (text: string): string => (text.includes('://') ? maskUrl(text) : MASK)

/**
 * `scheme://user:password@host`, up to the last @ as people forget to escape those in passwords, and the query
 * parameters by which Postgres takes one.
 */
function maskUrl(text: string): string {
  return text
    .replace(
      /^([a-z][a-z0-9+.-]*:\/\/[^:@]*:)(.*)(@)/is,
      (_, before: string, password: string, at: string) => before + maskText(password) + at,
    )
    .replace(
      /([?&](?:ssl)?password=)([^&#]*)/gi,
      (_, before: string, password: string) => before + maskText(password),
    )
}
