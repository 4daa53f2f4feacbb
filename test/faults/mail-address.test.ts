import { afterAll, describe, expect, it } from 'vitest'
import { startMailSystem } from './mail-system.ts'

const { appWith, call, mails, mailTo, smtp, stop } = await startMailSystem()
afterAll(stop)

describe('an address with letters outside ASCII', () => {
  const isReached = async (email: string, asciiOnly: boolean) => {
    const app = appWith({ smtp: { host: 'localhost', port: await smtp({ asciiOnly }) } })
    const { json } = await call(app, 'auth:signup', { auth_data: { email }, password: 'secret' })
    return call(app, 'user:verify_request', { args: { record_key: 'email' } }, json.result?.['access_token'])
  }

  it('before the @ is written as it is to a server that takes it, and in the headers, too', async () => {
    expect((await isReached('grüße@münchen.example', false)).status).toBe(200)
    // The server shows domains as people write them; its raw text is what was sent.
    const { isUtf8, raw, parsed } = await mailTo('grüße@münchen.example')
    expect({ isUtf8, header: parsed.to }).toEqual({
      isUtf8: true,
      header: [{ address: 'grüße@xn--mnchen-3ya.example', name: '' }],
    })
    expect(raw).toContain('\r\nTo: grüße@xn--mnchen-3ya.example\r\n')
  })

  it('before the @ is never written to one that does not: nothing is sent, and the app’s team learns why', async () => {
    const before = mails.length
    expect((await isReached('grüße@example.com', true)).status).toBe(500)
    const app = appWith({ smtp: { host: 'localhost', port: await smtp({ asciiOnly: true }) } })
    const args = { email: 'grüße@example.com' }
    const trial = await call(app, 'user:welcome-email:test', { args }, undefined, app.masterKey)
    expect([trial.status, trial.text]).toEqual([
      500,
      expect.stringContaining('no address with letters outside ASCII before the @'),
    ])
    expect(mails.length).toBe(before)
  })

  it('behind the @ alone is in ASCII for every server', async () => {
    expect((await isReached('ana@münchen.example', true)).status).toBe(200)
    const { isUtf8, raw } = await mailTo('ana@münchen.example')
    expect(isUtf8).toBe(false)
    expect(raw).toMatch(/^[\p{ASCII}]*\r\nTo: ana@xn--mnchen-3ya\.example\r\n[\p{ASCII}]*$/u)
  })
})
