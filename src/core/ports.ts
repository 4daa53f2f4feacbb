import type { JSONWebKeySet } from 'jose'
import type { Failure } from './failure.ts'
import type { Result } from './result.ts'
import type { Tenant } from './tenant.ts'

/** SQL text with its parameters, ready to send: the currency between pure compilers and the database. */
export type Statement = {
  readonly text: string
  readonly values: readonly unknown[]
  /** The name of its one column, where it always answers one row of one column: it can be part of another then. */
  readonly column?: string
  /** How the text begins, where that must stand first of all: a `with` that changes data (PostgreSQL manual, 7.8.4). */
  readonly definitions?: string
}
/** A call of a function that raises where a transaction must not go on. `name` is quoted and qualified. */
export type Check = { readonly name: string; readonly values: readonly unknown[] }
/** What a shape of each table is known to be (`_core_shape`); null: there is none. */
export type TableShapes = ReadonlyMap<string, string | null>
export type Row = Readonly<Record<string, unknown>>

/** What Postgres says when it refuses. `code` is the SQLSTATE; `SG` and three digits are failures of our own. */
export type SqlFault = {
  readonly code: string
  readonly message: string
  readonly detail?: string | undefined
  readonly constraint?: string | undefined
  readonly column?: string | undefined
}

/** One call, one transaction, one round trip: all statements or none. A request that calls it twice must say why. */
export type Database = {
  readonly transact: (
    statements: readonly Statement[],
    options?: {
      /** Several statements only: a single one says itself what it does. */
      readonly readOnly?: boolean
      /** Called before anything else. */
      readonly checks?: readonly Check[]
      /** The tables that the statements were made for: SG002, and nothing done, where one is not as known. */
      readonly tables?: TableShapes
    },
  ) => Promise<Result<readonly (readonly Row[])[], SqlFault>>
}

/** Makes the schema of an app that has none, at head. */
export type Provisioner = { readonly provision: (tenant: Tenant) => Promise<Result<void, string>> }

/** What an access token says once its signature holds. */
export type TokenClaims = { readonly userId: string; readonly sessionId: string }

/** What a custom token says (v1 protocol, section 4.11): whom its maker calls `principalId`, and what is known of them. */
export type CustomClaims = {
  readonly principalId: string
  readonly profile: Readonly<Record<string, unknown>>
}

/** Access tokens of an app: signed and verified with its own keys, without I/O. */
export type Tokens = {
  readonly issue: (
    tenant: Tenant,
    claims: TokenClaims & { readonly issuedAt: Date; readonly expiresAt: Date | null },
  ) => Promise<string>
  /** A forged, expired, foreign or malformed token is refused with AccessTokenNotAccepted. */
  readonly verify: (tenant: Tenant, token: string, now: Date) => Promise<Result<TokenClaims, Failure>>
  readonly publicKeys: (tenant: Tenant) => Promise<JSONWebKeySet>
  /** A custom token, which somebody else signed with `secret`: BadRequest where it is none, InvalidCredentials where it lacks a claim. */
  readonly verifyCustom: (secret: string, token: string, now: Date) => Promise<Result<CustomClaims, Failure>>
}

/** Slow hashes. Both refuse with 503 and Retry-After where too many wait. */
export type Passwords = {
  readonly hash: (password: string) => Promise<Result<string, Failure>>
  /** `hash` null: nobody to compare with; takes as long as if there were. */
  readonly verify: (password: string, hash: string | null) => Promise<Result<boolean, Failure>>
  /** Whether a hash that verified is not one that `hash` would make now. */
  readonly isOutdated: (hash: string) => boolean
}

/** Live connections: hands a WebSocket upgrade to the hub of this name. */
export type Hubs = { readonly connect: (hub: string, request: Request) => Promise<Response> }
