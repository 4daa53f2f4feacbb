import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DirectUploads, FileToPut } from '../../src/core/ports.ts'
import { s3Uploads } from '../../src/platform/s3-uploads.ts'
import { KEYS, startS3 } from './s3-server.ts'

const BUCKET = 'skygear-assets'
const SECONDS = 900
const FILE: FileToPut = {
  headers: { contentType: 'image/png', cacheControl: 'max-age=60', contentDisposition: 'inline' },
  metadata: { access: 'private', madeby: 'skygear', once: 'true' },
  isNew: true,
}
const BYTES = Buffer.alloc(1000, 7)

let store: Awaited<ReturnType<typeof startS3>>
let uploads: DirectUploads
beforeAll(async () => {
  store = await startS3()
  uploads = s3Uploads({ endpoint: `${store.endpoint}/`, bucket: BUCKET, ...KEYS })
})
afterAll(() => store.close())

type Sent = { url: URL; headers: Record<string, string>; bytes: Buffer }
/** What a client does with the URL; `change`: what it does otherwise. */
async function put(key: string, change: (sent: Sent) => void = () => undefined, seconds = SECONDS) {
  const { url, headers } = await uploads.presign(key, BYTES.length, FILE, seconds)
  const sent = { url: new URL(url), headers: { ...headers }, bytes: BYTES }
  change(sent)
  return new Promise<number | undefined>((resolve, reject) => {
    const going = request(sent.url.href, { method: 'PUT', headers: sent.headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    going.on('error', reject)
    going.end(sent.bytes)
  })
}

describe('a URL for an upload to the store', () => {
  it('is for the bucket, the key and the time it says, and all headers are signed', async () => {
    const { url, headers } = await uploads.presign('a%2Fpp/pic ture.png', 5, FILE, SECONDS)
    const { origin, pathname, searchParams } = new URL(url)
    expect(origin + pathname).toBe(`${store.endpoint}/${BUCKET}/a%252Fpp/pic%20ture.png`)
    expect(searchParams.get('X-Amz-Expires')).toBe('900')
    expect(headers).toEqual({
      'content-length': '5',
      'content-type': 'image/png',
      'content-disposition': 'inline',
      'cache-control': 'max-age=60',
      'if-none-match': '*',
      'x-amz-meta-access': 'private',
      'x-amz-meta-madeby': 'skygear',
      'x-amz-meta-once': 'true',
    })
    const signed = searchParams.get('X-Amz-SignedHeaders')?.split(';')
    expect(signed).toEqual(['host', ...Object.keys(headers)].toSorted())
  })

  it('stores the bytes with what was said of them, once', async () => {
    expect(await put('app/one.png')).toBe(200)
    const stored = store.files.get(`/${BUCKET}/app/one.png`)
    expect(stored?.bytes.equals(BYTES)).toBe(true)
    expect(stored?.headers).toMatchObject({ 'content-type': 'image/png', 'x-amz-meta-access': 'private' })
    expect(await put('app/one.png')).toBe(412)
  })

  it.each<[string, (sent: Sent) => void]>([
    ['another type', ({ headers }) => (headers['content-type'] = 'text/html')],
    ['another access', ({ headers }) => (headers['x-amz-meta-access'] = 'public')],
    ['no condition', ({ headers }) => delete headers['if-none-match']],
    ['another name', ({ url }) => (url.pathname = url.pathname.replace('two', 'three'))],
    ['a longer time', ({ url }) => url.searchParams.set('X-Amz-Expires', '9000')],
    [
      'more bytes',
      (sent) => {
        sent.bytes = Buffer.alloc(2000)
        sent.headers['content-length'] = '2000'
      },
    ],
    ['another signature', ({ url }) => url.searchParams.set('X-Amz-Signature', '0'.repeat(64))],
  ])('forged: is good for nothing with %s', async (_, change) => {
    expect(await put('app/two.png', change)).toBe(403)
    expect([...store.files.keys()].filter((key) => /two|three/.test(key))).toEqual([])
  })

  it('expired: is good for nothing', async () => {
    expect(await put('app/late.png', undefined, 0)).toBe(403)
  })

  it('of another secret is good for nothing', async () => {
    const others = s3Uploads({ endpoint: store.endpoint, bucket: BUCKET, ...KEYS, secretAccessKey: 'guess' })
    const { url, headers } = await others.presign('app/x.png', 1, FILE, SECONDS)
    const { 'content-length': _, ...sent } = headers
    expect((await fetch(url, { method: 'PUT', headers: sent, body: 'x' })).status).toBe(403)
  })
})
