import { beforeAll, describe, expect, it } from 'vitest'
import type { TestApp } from '../../support/app.ts'
import { forgot, linkIn, login, mailApp, mailUser, open } from './mail-app.ts'

describe('the page /reset-password', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await mailApp()
  })
  const recovering = async (own: TestApp = app) => {
    const ana = await mailUser(own)
    await forgot(own, ana.email)
    return { ...ana, ...linkIn(own) }
  }

  it('shows a form that holds what the link says, and is not kept, framed or told to others', async () => {
    const { url, code, user_id } = await recovering()
    const response = await open(app, url)
    const html = await response.text()
    expect(response.status).toBe(200)
    for (const part of ['<form method="post"', `value="${code}"`, `value="${user_id}"`, 'name="confirm"'])
      expect(html).toContain(part)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'content-security-policy': expect.stringMatching(
        /default-src 'none'.*frame-ancestors 'none'/,
      ) as unknown,
    })
  })

  it('sets the password that is posted, once', async () => {
    const { url, email } = await recovering()
    const form = { password: 'fresh', confirm: 'fresh' }
    const done = await open(app, url, form)
    expect(done.status).toBe(200)
    expect(await done.text()).toContain('You can log in')
    expect((await login(app, email, 'fresh')).status).toBe(200)
    expect(await (await open(app, url, form)).text()).toContain('the code is wrong or has expired')
  })

  it('asks again where the passwords differ or there is none', async () => {
    const { url, email } = await recovering()
    const differ = await open(app, url, { password: 'one', confirm: 'two' })
    expect([differ.status, await differ.text()]).toEqual([
      200,
      expect.stringContaining('the two passwords are not the same'),
    ])
    expect(await (await open(app, url, { password: '', confirm: '' })).text()).toContain(
      'a password is required',
    )
    expect((await login(app, email, 'secret')).status).toBe(200)
  })

  it('refuses a link that is not complete, and a body that is no form', async () => {
    const { url } = await recovering()
    for (const path of [
      '/reset-password',
      '/reset-password?code=a&user_id=b',
      `${url.pathname}${url.search}x`,
    ]) {
      const response = await open(app, path)
      expect([response.status, await response.text()]).toEqual([
        400,
        expect.stringContaining('This link does not work'),
      ])
    }
    const posted = await app.send(url.pathname + url.search, { method: 'POST', body: '{}' })
    expect(posted.status).toBe(400)
  })

  it('HTML injection: what a link says is shown as text', async () => {
    const attack = '"><script>alert(1)</script>'
    const query = new URLSearchParams({ code: attack, user_id: attack, expire_at: '1' })
    const html = await (await open(app, `/reset-password?${query.toString()}`)).text()
    expect(html).not.toContain('<script')
    expect(html).toContain('&quot;&gt;&lt;script&gt;')
  })

  it('leads to the pages that the app names, with the link’s parameters', async () => {
    const own = await mailApp({
      forgot_password: {
        success_redirect: 'https://notes.example/done?from=mail',
        error_redirect: 'notes://failed',
      },
    })
    const { url, code, user_id, expire_at } = await recovering(own)
    const differ = await open(own, url, { password: 'one', confirm: 'two' })
    const failed = new URL(differ.headers.get('location') ?? '')
    expect([differ.status, failed.protocol]).toEqual([302, 'notes:'])
    expect(Object.fromEntries(failed.searchParams)).toEqual({
      code,
      user_id,
      expire_at: String(expire_at),
      error: 'the two passwords are not the same',
    })
    const done = await open(own, url, { password: 'fresh', confirm: 'fresh' })
    expect([done.status, done.headers.get('location')]).toEqual([
      302,
      `https://notes.example/done?from=mail&user_id=${user_id}&code=${code}&expire_at=${expire_at}`,
    ])
    const bad = await open(own, '/reset-password')
    expect(bad.headers.get('location')).toBe('notes://failed?error=the+link+is+not+complete')
    expect((await open(own, url)).headers.get('content-security-policy')).toContain(
      "form-action 'self' https://notes.example notes:",
    )
  })
})
