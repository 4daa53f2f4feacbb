import { beforeAll, describe, expect, it } from 'vitest'
import { testApp, type Json, type TestApp } from '../../support/app.ts'
import { get } from './assets.ts'
import { countedImages, png } from './pictures.ts'
import { MASTER, v2Of } from './v2-calls.ts'

let app: TestApp
let v2: ReturnType<typeof v2Of>
let privateName: string
const made = countedImages()
beforeAll(async () => {
  app = await testApp({ images: made.images })
  v2 = v2Of(app, await app.guest())
  privateName = await uploaded('private')
})

const uploaded = async (access: string) =>
  v2.uploaded(await png(40, 30), { 'content-type': 'image/png' }, { access })
const signedWith = async (asset_name: string, pipeline: string) => {
  const { result, text } = await v2.call(
    'POST',
    'get_signed_url',
    { assets: [{ asset_name, pipeline }] },
    MASTER,
  )
  if (!result) throw new Error(text)
  return (result['assets'] as { url: string }[])[0]?.url ?? ''
}
const and = (url: string, pipeline: string) =>
  `${url}${url.includes('?') ? '&' : '?'}${String(new URLSearchParams({ pipeline }))}`
const outcome = async (response: Response) => {
  const text = await response.text()
  return response.status === 400 ? (JSON.parse(text) as { error: Json }).error['reason'] : response.status
}

describe('a picture of a private asset', () => {
  it('is nobody’s without a signature, made or not, and nothing is said of its pipeline', async () => {
    const url = and(await v2.signed(privateName), 'image/resize,w_20')
    const etag = (await get(app, url)).headers.get('etag') ?? ''
    for (const pipeline of ['image/resize,w_20', 'image/resize,w_21', 'nonsense', ''])
      for (const headers of [{}, { 'if-none-match': etag }, { 'if-match': '"x"' }])
        for (const method of ['GET', 'HEAD']) {
          const response = await get(app, and(`/_asset/get/${privateName}`, pipeline), { method, headers })
          expect([response.status, await response.text(), response.headers.get('etag')]).toEqual([
            401,
            '',
            null,
          ])
        }
  })

  it('may be any by a URL that was signed without one', async () => {
    const url = await v2.signed(privateName)
    for (const pipeline of ['image/resize,w_20', 'image/resize,w_22'])
      expect(await outcome(await get(app, and(url, pipeline)))).toBe(200)
    expect(await outcome(await get(app, and(url, 'nonsense')))).toBe('InvalidPipeline')
    expect(await outcome(await get(app, and(url.replace('expires=3600', 'expires=7200'), 'image')))).toBe(
      'InvalidSignature',
    )
  })

  it('is the one that was signed, by a URL that was signed with it, and the original is not', async () => {
    const url = await signedWith(privateName, 'image/resize,w_20')
    expect(new URL(url).searchParams.get('pipeline')).toBe('image/resize,w_20')
    for (const method of ['GET', 'HEAD']) expect((await get(app, url, { method })).status).toBe(200)
    for (const changed of [
      url.replace('w_20', 'w_21'),
      url.replace(/pipeline=[^&]+&/, ''),
      and(url, 'image/resize,w_40'),
      url.replace('?', '?pipeline=image&'),
      url.replace(privateName, await uploaded('private')),
    ])
      expect(await outcome(await get(app, changed))).toBe('InvalidSignature')
  })

  it('is signed with a pipeline that says something only', async () => {
    const assets = [{ asset_name: privateName, pipeline: 'image/zoom' }]
    const { status, error } = await v2.call('POST', 'get_signed_url', { assets }, MASTER)
    expect([status, JSON.stringify(error)]).toEqual([
      400,
      expect.stringContaining('"pointer":"/assets/0/pipeline"'),
    ])
  })
})

describe('a watermark', () => {
  const marking = (mark: string) =>
    `image/resize,w_20/watermark,image_${Buffer.from(mark).toString('base64url')}`
  let publicName: string
  beforeAll(async () => {
    publicName = await uploaded('public')
  })

  it('that is public may be put on whatever may be read', async () => {
    const mark = await v2.uploaded(await png(4, 4), { 'content-type': 'image/png' })
    const before = made.jobs.length
    expect(await outcome(await get(app, and(`/_asset/get/${publicName}`, marking(mark))))).toBe(200)
    expect(await outcome(await get(app, and(await v2.signed(privateName), marking(mark))))).toBe(200)
    expect(made.jobs.length).toBe(before + 2)
    expect(made.jobs.at(-1)?.loaded).toHaveLength(2)
  })

  it('that is private, only where the pipeline was signed; else it is as one that is not there', async () => {
    const mark = await v2.uploaded(await png(4, 4), { 'content-type': 'image/png' }, { access: 'private' })
    const url = await signedWith(publicName, marking(mark))
    const { pathname, searchParams } = new URL(url)
    const granted = await get(app, url)
    expect(granted.headers.get('cache-control')).toBe('private, max-age=31536000, immutable')
    expect(await outcome(granted)).toBe(200)
    // It is kept by now, and still nobody’s.
    const pipeline = searchParams.get('pipeline') ?? ''
    const refused = await Promise.all(
      [
        and(pathname, pipeline),
        and(await v2.signed(publicName), pipeline),
        and(pathname, marking('nothing')),
      ].map(async (each) => {
        const response = await get(app, each)
        return [response.status, await response.text(), response.headers.get('etag')]
      }),
    )
    expect(refused[0]?.[0]).toBe(400)
    expect(refused[1]).toEqual(refused[0])
    expect(refused[2]).toEqual(refused[0])
  })

  it('is an asset of the same app', async () => {
    const other = await testApp({ images: made.images })
    const theirs = await v2Of(other, await other.guest()).uploaded(await png(4, 4), {
      'content-type': 'image/png',
    })
    const { host } = new URL(`https://${other.host}`)
    for (const mark of [theirs, `../${host}/${theirs}`, `/${theirs}`])
      expect(await outcome(await get(app, await signedWith(publicName, marking(mark))))).toBe(
        'InvalidPipeline',
      )
  })

  it('has the limits of pictures, and is a picture', async () => {
    const text = await v2.uploaded(await png(4, 4), { 'content-type': 'text/plain' })
    const broken = await v2.uploaded(new Uint8Array(100), { 'content-type': 'image/png' })
    expect(await outcome(await get(app, and(`/_asset/get/${publicName}`, marking(text))))).toBe(
      'InvalidPipeline',
    )
    expect(await outcome(await get(app, and(`/_asset/get/${publicName}`, marking(broken))))).toBe('BadImage')
  })

  it('that is another by now makes another picture', async () => {
    const put = async (width: number) => {
      const headers = { 'x-skygear-api-key': app.masterKey, 'content-type': 'image/png' }
      const path = mark === '' ? '/files/mark.png' : `/files/${encodeURIComponent(mark)}`
      const response = await app.send(path, { method: 'PUT', headers, body: await png(width, 4) })
      return (await response.json<{ result: { $name: string } }>()).result.$name
    }
    let mark = ''
    mark = await put(4)
    const url = await signedWith(publicName, marking(mark))
    const { headers } = await get(app, url)
    const first = headers.get('etag')
    expect(headers.get('cache-control')).not.toContain('immutable')
    await put(5)
    const second = (await get(app, url)).headers.get('etag')
    expect([first, second]).toEqual([expect.any(String), expect.any(String)])
    expect(second).not.toBe(first)
  })
})
