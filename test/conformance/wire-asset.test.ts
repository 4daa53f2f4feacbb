import './localhost.ts'
import { createHash, type Hash } from 'node:crypto'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, inject, it } from 'vitest'
import type { App } from './system.ts'
import { call, expectFailure, resultOf, send, type Json } from './wire.ts'

const { demo, other } = inject('system')

const MIB = 1024 * 1024
/** Close to what the platform lets a request carry. */
const LARGE = 90 * MIB

type Announced = { readonly name: string; readonly url: string; readonly action: string }
async function announce(app: App, more: Json = {}): Promise<Announced> {
  const answer = await call(app, 'asset:put', {
    filename: 'a.bin',
    'content-type': 'application/octet-stream',
    'content-size': 10,
    ...more,
  })
  const { asset, 'post-request': post } = resultOf(answer) as { asset: Json; 'post-request': Json }
  return { name: String(asset['$name']), url: String(asset['$url']), action: String(post['action']) }
}

/** So many bytes, made as they are asked for, and noted by `hash`. */
function* generated(size: number, hash: Hash): Generator<Buffer> {
  for (let made = 0, n = 0; made < size; n++) {
    const chunk = Buffer.alloc(Math.min(MIB, size - made))
    chunk.writeUInt32LE(n, 0)
    chunk.fill(n % 251, 4)
    hash.update(chunk)
    made += chunk.length
    yield chunk
  }
}

/** A body that is never held whole: with its length, or in chunks without. */
function stream(
  app: App,
  path: string,
  method: string,
  headers: Record<string, string>,
  body: Iterable<Buffer>,
): Promise<number> {
  return new Promise((done, failed) => {
    const upload = request(
      String(new URL(path, app.url)),
      { method, headers: { 'x-skygear-api-key': app.api_key, ...headers } },
      (answer) => {
        answer.resume().on('end', () => done(answer.statusCode ?? 0))
      },
    )
    upload.on('error', failed)
    pipeline(Readable.from(body), upload).catch(failed)
  })
}

async function hashOf(url: string): Promise<{ digest: string; size: number }> {
  const hash = createHash('sha256')
  let size = 0
  const response = await fetch(url)
  if (!response.body) throw new Error('no body')
  for await (const chunk of response.body) {
    hash.update(chunk)
    size += chunk.length
  }
  return { digest: hash.digest('hex'), size }
}

describe('a file of 90 MiB (§8.3, §8.4)', () => {
  it('goes in and comes out as one body', async () => {
    const { action, url } = await announce(demo, { 'content-size': LARGE })
    const hash = createHash('sha256')
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(LARGE) }
    expect(await stream(demo, action, 'PUT', headers, generated(LARGE, hash))).toBe(200)
    expect(await hashOf(url)).toEqual({ digest: hash.digest('hex'), size: LARGE })
  }, 120_000)

  it('goes in and comes out as the file of a form whose length nobody told', async () => {
    const { action, url } = await announce(demo, { 'content-size': LARGE })
    const hash = createHash('sha256')
    function* form() {
      yield Buffer.from(
        '--edge\r\nContent-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: a/b\r\n\r\n',
      )
      yield* generated(LARGE, hash)
      yield Buffer.from('\r\n--edge--\r\n')
    }
    const headers = { 'content-type': 'multipart/form-data; boundary=edge', 'transfer-encoding': 'chunked' }
    expect(await stream(demo, action, 'POST', headers, form())).toBe(200)
    expect(await hashOf(url)).toEqual({ digest: hash.digest('hex'), size: LARGE })
  }, 120_000)
})

describe('an upload that breaks off (§8.3)', () => {
  it('leaves no file, and can be made again', async () => {
    const { action, url } = await announce(demo)
    await new Promise<void>((done) => {
      const headers = { 'x-skygear-api-key': demo.api_key, 'content-type': 'a/b', 'content-length': '1000' }
      const upload = request(String(new URL(action, demo.url)), { method: 'PUT', headers })
      upload.on('error', () => undefined).on('close', done)
      upload.write('half', () => setTimeout(() => upload.destroy(), 200))
    })
    expect((await fetch(url)).status).toBe(404)
    const again = await send(demo, action, {
      method: 'PUT',
      body: '0123456789',
      headers: { 'x-skygear-api-key': demo.api_key, 'content-type': 'a/b' },
    })
    expect(again.status).toBe(200)
    expect(await (await fetch(url)).text()).toBe('0123456789')
  })
})

describe('a file (§8.4)', () => {
  const text = '0123456789'
  const stored = async (app: App) => {
    const announced = await announce(app, { 'content-type': 'text/plain' })
    await send(app, announced.action, {
      method: 'PUT',
      body: text,
      headers: { 'x-skygear-api-key': app.api_key, 'content-type': 'text/plain' },
    })
    return announced
  }

  it('has ranges, conditions and its type over the wire', async () => {
    const { url } = await stored(demo)
    // The edge may compress a text, which then has another length.
    const whole = await fetch(url, { headers: { 'accept-encoding': 'identity' } })
    expect([whole.status, whole.headers.get('content-type'), whole.headers.get('content-length')]).toEqual([
      200,
      'text/plain',
      '10',
    ])
    expect(whole.headers.get('x-content-type-options')).toBe('nosniff')
    const part = await fetch(url, { headers: { range: 'bytes=2-4' } })
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 2-4/10',
      '234',
    ])
    const beyond = await fetch(url, { headers: { range: 'bytes=10-' } })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */10'])
    const same = await fetch(url, { headers: { 'if-none-match': whole.headers.get('etag') ?? '' } })
    expect([same.status, await same.text()]).toEqual([304, ''])
    const head = await fetch(url, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '10'])
  })

  it('is not another app’s', async () => {
    const { url, name } = await stored(demo)
    const { search } = new URL(url)
    expectFailure(await send(other, `/files/${name}${search}`), 106)
  })

  it('is refused without, with a forged and with an old signature', async () => {
    const { url } = await stored(demo)
    const changed = async (change: (it: URL) => void) => {
      const it = new URL(url)
      change(it)
      return send(demo, `${it.pathname}${it.search}`)
    }
    expectFailure(await changed((it) => it.searchParams.set('signature', `${'A'.repeat(43)}=`)), 106)
    expectFailure(await changed((it) => it.searchParams.set('expiredAt', '1000000000')), 102)
    expectFailure(await changed((it) => (it.search = '')), 108, { arguments: ['expiredAt'] })
  })
})

describe('the v2 endpoints', () => {
  const form = async () => {
    const headers = { 'x-skygear-api-key': demo.master_key, 'content-type': 'application/json' }
    const { json } = await send(demo, '/_asset/presign_upload_form', { method: 'POST', headers, body: '{}' })
    return String((json['result'] as Json)['url'])
  }

  it('take a form as the v2 SDK sends it, sign, list and delete', async () => {
    const data = new FormData()
    data.append('prefix', 'avatar-')
    data.append('access', 'private')
    data.append('content-type', 'image/png')
    data.append('file', new Blob(['bytes']), 'file')
    const answer = await fetch(await form(), { method: 'POST', body: data })
    const { result } = await answer.json<{ result: { asset_name: string } }>()
    const name = result.asset_name
    expect(name).toMatch(/^avatar-.+\.png$/)

    const master = { 'x-skygear-api-key': demo.master_key, 'content-type': 'application/json' }
    expect((await send(demo, `/_asset/get/${name}`)).status).toBe(401)
    const sign = await send(demo, '/_asset/get_signed_url', {
      method: 'POST',
      headers: master,
      body: JSON.stringify({ assets: [{ asset_name: name }] }),
    })
    const [signed] = (sign.json['result'] as { assets: { url: string }[] }).assets
    expect(await (await fetch(signed?.url ?? '')).text()).toBe('bytes')
    const listed = await send(demo, '/_asset/assets?prefix=avatar-', { headers: master })
    expect(listed.text).toContain(`{"asset_name":"${name}","size":5}`)
    expect((await send(demo, `/_asset/delete/${name}`, { method: 'DELETE', headers: master })).json).toEqual({
      result: {},
    })
    expect((await fetch(signed?.url ?? '')).status).toBe(404)
  })
})
