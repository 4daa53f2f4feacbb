import { env } from 'cloudflare:workers'
import type { Json, TestApp, TestUser } from '../../support/app.ts'
import { get } from './assets.ts'

export type As = { readonly master?: boolean; readonly token?: string }
export const MASTER = { master: true }

type Presigned = {
  asset_name: string
  url: string
  method: string
  headers: { name: string; value: string }[]
}

/** The v2 endpoints of an app, as one user of it calls them. */
export function v2Of(app: TestApp, user: TestUser) {
  const call = async (method: string, path: string, body?: unknown, { master, token }: As = {}, by = app) => {
    const headers = new Headers({ 'content-type': 'application/json' })
    if (master) headers.set('x-skygear-api-key', by.masterKey)
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
    const response = await by.send(`/_asset/${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const json = (text.startsWith('{') ? JSON.parse(text) : {}) as { result?: Json; error?: Json }
    const trips = by.logOf(response.headers.get('x-skygear-request-id'))?.trips
    return { status: response.status, text, ...json, headers: response.headers, trips }
  }

  const presigned = async (headers: Json, more: Json = {}, as: As = user): Promise<Presigned> => {
    const answer = await call('POST', 'presign_upload', { headers, ...more }, as)
    if (answer.status !== 200) throw new Error(answer.text)
    return answer.result as unknown as Presigned
  }
  /** Sends bytes where `presign_upload` said, with the headers that it said. */
  const sendTo = ({ url, method, headers }: Presigned, body: BodyInit) =>
    get(app, url, {
      method,
      body,
      headers: headers.map(({ name, value }): [string, string] => [name, value]),
    })
  const uploaded = async (
    body: Uint8Array<ArrayBuffer>,
    headers: Json = {},
    more: Json = {},
  ): Promise<string> => {
    const to = await presigned({ 'content-length': String(body.length), ...headers }, more)
    const response = await sendTo(to, body)
    if (response.status !== 200) throw new Error(await response.text())
    return to.asset_name
  }
  const signed = async (asset_name: string, expire?: number): Promise<string> => {
    const { result } = await call(
      'POST',
      'get_signed_url',
      { assets: [{ asset_name, ...(expire !== undefined && { expire }) }] },
      MASTER,
    )
    return (result as unknown as { assets: { url: string }[] }).assets[0]?.url ?? ''
  }
  const objectNames = async () => {
    const document = JSON.parse((await env.TENANTS.get(`host:${app.host}`)) ?? '{}') as { app_id: string }
    const { objects } = await env.ASSETS.list({ prefix: `${document.app_id}/` })
    return objects.map(({ key }) => key.slice(document.app_id.length + 1))
  }
  return { call, presigned, sendTo, uploaded, signed, objectNames }
}
