import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { AddressInfo } from 'node:net'

export const KEYS = { accessKeyId: 'the-key', secretAccessKey: 'the secret' } as const
const REGION = 'auto'

/** A file as the store has it: its bytes, and the headers of its upload. */
type Stored = { readonly bytes: Buffer; readonly headers: IncomingMessage['headers'] }

/**
 * What an S3 API does with a presigned PUT, as AWS documents it ("Authenticating Requests: Using Query Parameters"): it
 * computes the signature of what has arrived, and takes the bytes only where that is the one in the URL, the time is not
 * over, the length is as signed, and no condition keeps it back.
 */
export async function startS3() {
  const files = new Map<string, Stored>()
  const server = createServer((request, response) => {
    void answer(request, files).then((status) => response.writeHead(status).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { files, endpoint: `http://127.0.0.1:${port}`, close: () => server.close() }
}

async function answer(request: IncomingMessage, files: Map<string, Stored>): Promise<number> {
  const bytes = await buffer(request)
  const { method = '', headers } = request
  const url = new URL(request.url ?? '', `http://${headers.host}`)
  const of = (name: string) => url.searchParams.get(`X-Amz-${name}`) ?? ''
  if (of('Signature') !== signatureOf(method, url, headers)) return 403
  const [, year, month, day, ...time] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(of('Date')) ?? []
  const signedAt = Date.parse(`${year}-${month}-${day}T${time.join(':')}Z`)
  if (!(Date.now() < signedAt + Number(of('Expires')) * 1000)) return 403
  if (headers['if-none-match'] === '*' && files.has(url.pathname)) return 412
  files.set(url.pathname, { bytes, headers })
  return 200
}

function signatureOf(method: string, url: URL, headers: IncomingMessage['headers']): string {
  const parameters = [...url.searchParams].filter(([name]) => name !== 'X-Amz-Signature')
  const query = parameters
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .toSorted()
    .join('&')
  const signed = (url.searchParams.get('X-Amz-SignedHeaders') ?? '').split(';')
  const canonical = [
    method,
    url.pathname,
    query,
    ...signed.map((name) => `${name}:${String(headers[name] ?? '').trim()}`),
    '',
    signed.join(';'),
    'UNSIGNED-PAYLOAD',
  ].join('\n')
  const date = url.searchParams.get('X-Amz-Date') ?? ''
  const scope = [date.slice(0, 8), REGION, 's3', 'aws4_request']
  if (url.searchParams.get('X-Amz-Credential') !== [KEYS.accessKeyId, ...scope].join('/')) return 'other keys'
  const text = [
    'AWS4-HMAC-SHA256',
    date,
    scope.join('/'),
    createHash('sha256').update(canonical).digest('hex'),
  ].join('\n')
  const hmac = (key: string | Buffer, value: string) => createHmac('sha256', key).update(value).digest()
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${KEYS.secretAccessKey}`)
  return hmac(key, text).toString('hex')
}

/** RFC 3986: all but letters, digits and `-_.~`. */
const escaped = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
