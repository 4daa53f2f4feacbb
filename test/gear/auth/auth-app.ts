import { testApp, type Json, type Options, type TestApp } from '../../support/app.ts'

/** An app with these settings of the auth gear, and this password policy. */
export const authApp = (auth: Json, password_policy: Json = {}, options: Options = {}): Promise<TestApp> =>
  testApp({
    ...options,
    document: {
      gear_config: { record: { development_mode: options.production !== true }, auth },
      app_config: {
        api_version: 'v2.3',
        master_key: crypto.randomUUID(),
        clients: [{ client_name: 'default', client_id: crypto.randomUUID() }],
        auth: { authentication_session: { secret: crypto.randomUUID() } },
        hook: { secret: 'hook' },
        asset: { secret: 'asset' },
        password_policy,
      },
    },
  })

/** Calls again until there is room in the queue of hashes. */
export async function patiently<T extends { readonly status: number }>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    const answer = await call()
    if (answer.status !== 503) return answer
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
