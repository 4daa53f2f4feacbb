import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import { v2Of } from './v2-calls.ts'

describe('/_asset/playground', () => {
  it('is a page of an app in development mode', async () => {
    const app = await testApp()
    const response = await app.send('/_asset/playground')
    const html = await response.text()
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(html).toContain('<title>Pictures</title>')
    for (const secret of [app.apiKey, app.masterKey, app.schema]) expect(html).not.toContain(secret)
  })

  it('runs its own script and loads nothing from elsewhere', async () => {
    const app = await testApp()
    const [one, other] = [await app.send('/_asset/playground'), await app.send('/_asset/playground')]
    const policy = one.headers.get('content-security-policy') ?? ''
    const nonce = /script-src 'nonce-([\w-]+)'/.exec(policy)?.[1]
    const html = await one.text()
    expect(html).toContain(`<script nonce=${nonce ?? ''}>`)
    expect(html).toContain(`<style nonce=${nonce ?? ''}>`)
    expect(html).not.toMatch(/\b(src|href)="?(https?:|\/\/)|\son\w+=|\sstyle=|unsafe/)
    expect(policy).toMatch(/default-src 'none'.*connect-src 'self'.*frame-ancestors 'none'/)
    expect(policy).not.toBe(other.headers.get('content-security-policy'))
  })

  it('is nothing in production', async () => {
    const app = await testApp({ production: true })
    const v2 = v2Of(app, { id: '', token: '' })
    expect((await v2.call('GET', 'playground')).error).toMatchObject({ name: 'NotFound', code: 404 })
    expect((await v2.call('POST', 'playground')).status).toBe(405)
  })
})
