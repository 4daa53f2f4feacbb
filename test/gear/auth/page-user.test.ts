import { expect, it } from 'vitest'
import { DEFAULT_TEMPLATES } from '../../../src/gear/auth/default-templates.ts'
import type { TestApp } from '../../support/app.ts'
import { forgot, linkIn, login, mailApp, mailUser, open } from './mail-app.ts'

/** An app whose own these texts are, by type. */
const withTexts = (texts: Readonly<Record<string, string>>) =>
  mailApp(
    {},
    {},
    {
      document: {
        template_items: Object.entries(texts).map(([type, text]) => ({
          type,
          uri: `data:text/plain;charset=utf-8,${encodeURIComponent(text)}`,
        })),
      },
    },
  )

it('an app’s own text names the user on a page that a code has opened, and nobody to who has none', async () => {
  const app = await withTexts({
    'forgot_password_reset.html': '[{{user.nick}}]',
    'forgot_password_success.html': '[{{user.nick}} {{user_id}}]',
    'user_verification_success.html': '[{{ .user.Metadata.nick }} {{.user.Verified}}]',
    'user_verification_error.html': '[{{user.nick}}]',
  })
  const ana = await mailUser(app, { nick: 'Ana' })
  await forgot(app, ana.email)
  const { url } = linkIn(app)
  const guessed = new URL(url)
  guessed.searchParams.set('code', 'X'.repeat(32))
  const textOf = async (at: URL | string, form?: Readonly<Record<string, string>>) =>
    (await open(app, at, form)).text()
  expect(await textOf(guessed)).toBe('[]')
  expect(await textOf(guessed, { password: 'fresh', confirm: 'fresh' })).toBe('[]')
  expect(await textOf(url)).toBe('[Ana]')
  expect(await textOf(url, { password: 'a', confirm: 'b' })).toBe('[Ana]')
  expect(await textOf(url, { password: 'fresh', confirm: 'fresh' })).toBe(`[Ana ${ana.id}]`)

  const { json } = await login(app, ana.email, 'fresh')
  const token = (json['result'] as { access_token: string }).access_token
  await app.call('user:verify_request', { args: { record_key: 'email' } }, { token })
  const { url: link } = linkIn(app)
  expect(await textOf(`/user/verify-code/form?code=ABCDEFGH&auth_id=${ana.id}`)).toBe('[]')
  expect(await textOf(link)).toBe('[Ana true]')
})

it('no bundled text names the user', () => {
  const naming = Object.entries(DEFAULT_TEMPLATES).filter(([, text]) => /\{\{[^}]*\buser\b/.test(text))
  expect(naming).toEqual([])
})

it('a page costs a round trip where it has a text of the app’s own, which alone may name the user', async () => {
  const tripsOf = async (own: TestApp, path: string, form?: Readonly<Record<string, string>>) => {
    const { status, headers } = await open(own, path, form)
    return [status, own.logOf(headers.get('x-skygear-request-id'))?.trips]
  }
  const guess = `/reset-password?code=${'X'.repeat(32)}&user_id=somebody&expire_at=1`
  const differ = { password: 'a', confirm: 'b' }
  const plain = await mailApp()
  expect(await tripsOf(plain, guess)).toEqual([200, 0])
  expect(await tripsOf(plain, guess, differ)).toEqual([200, 0])
  const done = await withTexts({ 'forgot_password_success.html': '[{{user.nick}}]' })
  expect(await tripsOf(done, guess), 'another page’s text').toEqual([200, 0])
  const own = await withTexts({ 'forgot_password_reset.html': '[{{user.nick}}]' })
  // The database is made on the way.
  await own.guest()
  expect(await tripsOf(own, guess)).toEqual([200, 1])
  expect(await tripsOf(own, guess, differ)).toEqual([200, 1])

  const proved = async (app: TestApp) => {
    const { token } = await mailUser(app)
    await app.call('user:verify_request', { args: { record_key: 'email' } }, { token })
    const { url } = linkIn(app)
    return tripsOf(app, url.pathname + url.search)
  }
  const [, withoutOwn] = await proved(plain)
  const [, withOwn] = await proved(await withTexts({ 'user_verification_success.html': '[{{user.nick}}]' }))
  expect(withOwn).toBe((withoutOwn ?? NaN) + 1)
})
