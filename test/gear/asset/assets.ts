import type { Json, TestApp } from '../../support/app.ts'

/** Bytes in a pattern that any shift or loss would show. */
export function bytes(size: number): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(size)
  for (let i = 0; i < size; i++) made[i] = (i * 31 + (i >> 8)) % 251
  return made
}

export const announcement = (more: Json = {}): Json => ({
  filename: 'cat.png',
  'content-type': 'image/png',
  'content-size': 300,
  ...more,
})

type Announced = { readonly name: string; readonly url: string; readonly action: string }

/** `asset:put`, which must succeed. */
export async function announce(app: TestApp, more: Json = {}): Promise<Announced> {
  const { status, text, json } = await app.call('asset:put', announcement(more))
  if (status !== 200) throw new Error(text)
  const result = json['result'] as {
    'post-request': { action: string }
    asset: { $name: string; $url: string }
  }
  return { name: result.asset.$name, url: result.asset.$url, action: result['post-request'].action }
}

/** Sends the bytes of an asset as one body. */
export const send = (
  app: TestApp,
  path: string,
  body: BodyInit | null,
  headers: Record<string, string> = {},
) =>
  app.send(path, {
    method: 'PUT',
    body,
    headers: { 'x-skygear-api-key': app.apiKey, 'content-type': 'image/png', ...headers },
  })

/** An asset that is there. */
export async function stored(app: TestApp, body: Uint8Array, more: Json = {}): Promise<Announced> {
  const announced = await announce(app, { 'content-size': body.length, ...more })
  const response = await send(app, announced.action, body)
  if (response.status !== 200) throw new Error(await response.text())
  return announced
}

/** Gets a URL of an app as its callers do, whatever host it names. */
export const get = (app: TestApp, url: string, init: RequestInit = {}) => {
  const { pathname, search } = new URL(url, 'https://any.example')
  return app.send(pathname + search, init)
}

export const bodyOf = async (response: Response): Promise<Uint8Array> =>
  new Uint8Array(await response.arrayBuffer())

/** Rows of `_asset`, without when they were made. */
export const rows = (app: TestApp) =>
  app.sql(`select id, content_type, size::int, access, pending from ${app.table('_asset')} order by id`)
