import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { itemsOf, type Json } from '../support/app.ts'
import { adopted, asAna } from './old-app.ts'

const NAME = '5f0c-photo.jpg'

describe('the files of an adopted app', () => {
  it('are in its records with their old types, and served once their bytes are copied', async () => {
    await using old = await adopted()
    const answer = await old.app.call('record:fetch', { ids: ['note/everybodys'] }, await asAna(old.app))
    const photo = itemsOf(answer)[0]?.['photo'] as Json
    expect(photo).toEqual({
      $type: 'asset',
      $name: NAME,
      $content_type: 'image/jpeg',
      $url: expect.stringContaining(`/files/${NAME}?expiredAt=`) as unknown,
    })
    const { pathname, search } = new URL(String(photo['$url']))
    expect((await old.app.send(pathname + search)).status).toBe(404)
    const document = JSON.parse((await env.TENANTS.get(`host:${old.app.host}`)) ?? '{}') as { app_id: string }
    await env.ASSETS.put(`${document.app_id}/${NAME}`, 'old bytes')
    expect(await (await old.app.send(pathname + search)).text()).toBe('old bytes')
  })

  it('cannot be overwritten by whoever has a key of the app, though the old server let them', async () => {
    await using old = await adopted()
    const sent = await old.app.send(`/files/${NAME}`, {
      method: 'PUT',
      body: 'forged',
      headers: { 'x-skygear-api-key': old.app.apiKey, 'content-type': 'image/jpeg' },
    })
    expect(sent.status).toBe(409)
  })
})
