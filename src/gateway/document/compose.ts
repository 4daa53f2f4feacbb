/** 256 bits: as strong as the HMACs that these secrets key. */
export const SECRET_BYTES = 32
/** 128 bits: an API key is public, it only has to be unique. */
export const API_KEY_BYTES = 16

/**
 * A complete document for a new app, with every key that skygear v2.3 requires, one client and fresh secrets.
 * `name` is one that `isAppName` accepts; `random` gives a text that carries that many random bytes.
 * An app that is not for production starts in development mode, in which its record types follow what is saved.
 */
export function newDocument(app: {
  readonly name: string
  readonly random: (bytes: number) => string
  readonly production: boolean
}) {
  const { name, random, production } = app
  return {
    api_version: 'v2.3',
    app_id: name,
    app_name: name,
    plan: 'default',
    gears: {},
    gear_config: { record: { development_mode: !production } },
    database_config: { database_schema: `app_${name}` },
    app_config: {
      api_version: 'v2.3',
      master_key: random(SECRET_BYTES),
      clients: [{ client_name: 'default', client_id: random(API_KEY_BYTES) }],
      auth: { authentication_session: { secret: random(SECRET_BYTES) } },
      hook: { secret: random(SECRET_BYTES) },
      asset: { secret: random(SECRET_BYTES) },
    },
  }
}
