/** An app's client: what may call it. Its id is what v1 calls the API key. */
export type Client = { readonly id: string }

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
  }[]
  /** What access-token keys are derived from where the document gives none. */
  readonly sessionSecret: string
  /** Each gear's own section of the document, as that gear's schema left it. */
  readonly sections: Readonly<Record<string, unknown>>
}
