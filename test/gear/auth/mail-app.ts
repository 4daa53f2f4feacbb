import { testApp, type Json, type Options, type TestApp } from '../../support/app.ts'

/** An app that sends mail, with these settings of `app_config` and `gear_config.auth`; the fields email and phone are verified. */
export const mailApp = (app_config: Json = {}, auth: Json = {}, options: Options = {}): Promise<TestApp> =>
  testApp({
    ...options,
    document: {
      gear_config: { record: { development_mode: options.production !== true }, auth },
      app_config: {
        api_version: 'v2.3',
        display_app_name: 'Notes & Co',
        master_key: crypto.randomUUID(),
        clients: [{ client_name: 'default', client_id: crypto.randomUUID() }],
        auth: { authentication_session: { secret: crypto.randomUUID() } },
        hook: { secret: 'hook' },
        asset: { secret: 'asset' },
        smtp: { host: 'mail.example' },
        twilio: { account_sid: 'AC1', auth_token: 'token', from: '+15005550006' },
        user_verification: {
          login_id_keys: [
            { key: 'email', code_format: 'complex' },
            { key: 'phone', code_format: 'numeric' },
          ],
        },
        ...app_config,
      },
      ...options.document,
    },
  })

let users = 0
export type MailUser = { readonly id: string; readonly token: string; readonly email: string }

/** A user with an address and the password `secret`: costs a hash. */
export async function mailUser(app: TestApp, profile: Json = {}): Promise<MailUser> {
  const email = `user${++users}@example.com`
  const { status, json } = await app.call('auth:signup', {
    auth_data: { email },
    password: 'secret',
    profile,
  })
  if (status !== 200) throw new Error(JSON.stringify(json))
  const { user_id: id, access_token: token } = json['result'] as { user_id: string; access_token: string }
  return { id, token, email }
}

/** The link of the latest mail, in its parts. */
export function linkIn(app: TestApp): { url: URL; user_id: string; code: string; expire_at: number } {
  const text = app.mails.at(-1)?.text ?? ''
  const url = new URL(/https?:\/\/\S+/.exec(text)?.[0] ?? 'missing:')
  const of = (name: string) => url.searchParams.get(name) ?? ''
  return { url, user_id: of('user_id'), code: of('code'), expire_at: Number(of('expire_at')) }
}

export const forgot = (app: TestApp, email: string) => app.call('user:forgot-password', { args: { email } })
export const reset = (app: TestApp, args: Json) => app.call('user:reset-password', { args })
export const login = (app: TestApp, email: string, password: string) =>
  app.call('auth:login', { auth_data: { email }, password })

/** Opens a page, or posts its form. */
export const open = (app: TestApp, url: URL | string, form?: Readonly<Record<string, string>>) => {
  const { pathname, search } = new URL(url, `https://${app.host}`)
  const body = form && new URLSearchParams(form).toString()
  return app.send(pathname + search, {
    redirect: 'manual',
    ...(body !== undefined && {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': String(body.length),
      },
    }),
  })
}
