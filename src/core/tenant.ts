import type { Messaging } from './messaging.ts'

/** An app's client: what may call it. Its id is what v1 calls the API key. */
export type Client = { readonly id: string }

/** What an app asks of a password: `app_config.password_policy` (v1 protocol, section 4.3). 0: does not ask. */
export type PasswordPolicy = {
  readonly min_length: number
  readonly uppercase_required: boolean
  readonly lowercase_required: boolean
  readonly digit_required: boolean
  readonly symbol_required: boolean
  readonly minimum_guessable_level: number
  readonly excluded_keywords: readonly string[]
  readonly history_size: number
  readonly history_days: number
  readonly expiry_days: number
}

/** In the list of signing keys: the one derived from the app's secret, which it has where the list is empty. */
export const DERIVED_KEY = 'derived'

/** One app, as everything behind the gateway sees it. Parsed once per isolate from its document in KV. */
export type Tenant = {
  readonly appId: string
  readonly appName: string
  /** The Postgres schema that holds all of the app's data. */
  readonly schema: string
  readonly databaseUrl: string
  readonly masterKey: string
  readonly clients: readonly Client[]
  /** Development mode: client keys may extend the schema and use development actions (v1 protocol, section 1.10). */
  readonly developmentMode: boolean
  /** Signing keys given in the document (`app_config.oidc.keys`), newest first; PEM. */
  readonly signingKeys: readonly {
    readonly kid: string
    readonly privateKey: string
    readonly publicKey: string
    /** Until then it only verifies, so that nobody meets a token whose key they have not heard of. */
    readonly signsFrom?: Date
  }[]
  /** What access-token keys are derived from where the document gives none. */
  readonly sessionSecret: string
  /** What calls to the app's own servers are signed with. */
  readonly hookSecret: string
  /** What URLs of files are signed with. */
  readonly assetSecret: string
  readonly passwordPolicy: PasswordPolicy
  /** Fields of the user record that identify a user, each list together, besides username and email. */
  readonly userKeys: readonly (readonly string[])[]
  readonly messaging: Messaging
  /** Users who are not verified may do little (v1 protocol, section 2.6). */
  readonly verificationRequired: boolean
  /** Each gear's own section of the document, as that gear's schema left it. */
  readonly sections: Readonly<Record<string, unknown>>
}
