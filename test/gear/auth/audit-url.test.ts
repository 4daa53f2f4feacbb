import { createHmac } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Json } from '../../support/app.ts'
import { authApp } from './auth-app.ts'

describe('an app’s own server', () => {
  afterEach(() => vi.restoreAllMocks())

  /** What is posted to the app's server, which answers as told; all else goes its way. */
  function serverOf(answer: () => Promise<Response> = async () => new Response(null, { status: 204 })) {
    const real = globalThis.fetch
    const posted: { readonly request: Request; readonly body: string }[] = []
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      const request = new Request(input, init)
      if (new URL(request.url).host !== 'audit.example') return real(input, init)
      posted.push({ request, body: await request.text() })
      return answer()
    })
    return posted
  }
  const audited = () => authApp({ audit_url: 'https://audit.example/trail?key=k' })

  it('is told of each event, signed, in v1’s words and ours', async () => {
    const app = await audited()
    const posted = serverOf()
    const ana = await app.guest()
    const [told] = posted
    const notice = JSON.parse(told?.body ?? '') as Json
    expect(notice).toMatchObject({
      event: 'signup',
      result: 'OK',
      auth_id: ana.id,
      data: {},
      tcp_remote_addr: '',
      http_x_forwarded_for: '',
      http_x_real_ip: '',
      http_forwarded: '',
    })
    expect(String(notice['at'])).toMatch(/^\d{4}-.*Z$/)
    const signature = createHmac('sha256', 'hook')
      .update(told?.body ?? '')
      .digest('hex')
    expect(told?.request.headers.get('x-skygear-body-signature')).toBe(signature)
    expect(told?.request.redirect).toBe('manual')
  })

  it('is told of refusals, and of no secret', async () => {
    const app = await audited()
    const posted = serverOf()
    await app.signUp('ana')
    await app.call('auth:login', { auth_data: { username: 'ana' }, password: 'Sesame-wrong' })
    await app.call('auth:login', { auth_data: { username: 'ana' }, password: 'secret' })
    expect(posted.map(({ body }) => (JSON.parse(body) as Json)['event'])).toEqual([
      'signup',
      'login_failure',
      'login_success',
    ])
    const all = posted.map(({ request, body }) => JSON.stringify([...request.headers]) + body).join()
    for (const secret of ['Sesame', '"secret"', app.apiKey, app.masterKey, '$scrypt', 'eyJ'])
      expect(all).not.toContain(secret)
  })

  it('hears nothing of work that failed', async () => {
    const app = await audited()
    const posted = serverOf()
    const guest = await app.guest()
    await app.sql(`drop table ${app.table('_core_session')} cascade`)
    await app.call('auth:logout', {}, guest)
    expect(posted.map(({ body }) => (JSON.parse(body) as Json)['event'])).toEqual(['signup'])
  })

  it.each([
    ['answers with an error', async () => new Response('no', { status: 500 })],
    ['sends the event elsewhere', async () => Response.redirect('https://elsewhere.example/', 307)],
    ['is not there', async () => Promise.reject(new TypeError('connection refused'))],
  ])('changes nothing of the answer where it %s, and is asked once', async (_, answer) => {
    const app = await audited()
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const posted = serverOf(answer)
    expect((await app.call('auth:signup')).status).toBe(200)
    expect(posted).toHaveLength(1)
    expect(warned.mock.calls.flat().join()).toContain('audit.example')
    expect(warned.mock.calls.flat().join()).not.toContain('key=k')
  })
})
