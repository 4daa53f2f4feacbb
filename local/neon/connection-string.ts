import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import { Refusal } from './failure.ts'

/** A connection string, and the name that it logs in with. */
interface Login {
  readonly url: string
  readonly user: string
}

/**
 * Refuses what `get_conn_info` in the proxy's http_util.rs refuses, in its words and its order. A host is a name
 * (127.0.0.1 counts as one, since URLs of other schemes than the web's know no IPv4). Most requests in a row are
 * for the same database, and its URL is not read again.
 * @param needsPassword as Neon does; a Postgres on one's own machine may trust whoever comes
 * @returns a function that throws Refusal 400
 */
export function loginReader(needsPassword: boolean): (headers: IncomingHttpHeaders) => Login {
  let last: Login | undefined
  return (headers) => {
    const text = headers['neon-connection-string']
    const hasToken = headers.authorization !== undefined
    if (last === undefined || text !== last.url || hasToken) last = readLogin(text, needsPassword, hasToken)
    return last
  }
}

/** @param hasToken a token instead of a password, which is taken nowhere here */
function readLogin(text: string | string[] | undefined, needsPassword: boolean, hasToken: boolean): Login {
  // Rust's HeaderValue::to_str: visible ASCII, spaces and tabs.
  if (typeof text !== 'string' || !/^[\t\x20-\x7e]*$/.test(text))
    throw new Refusal(400, 'invalid header: neon-connection-string')
  const url = URL.parse(text)
  if (!url) throw new Refusal(400, `invalid connection string: ${faultOf(text)}`)
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:')
    throw new Refusal(400, 'incorrect scheme')
  if (!url.pathname.startsWith('/')) throw new Refusal(400, 'missing database name')
  decode(url.pathname.split('/')[1] ?? '')
  const user = decode(url.username)
  if (user === '') throw new Refusal(400, 'missing username')
  if (hasToken || (needsPassword && url.password === ''))
    throw new Refusal(400, 'missing authentication credentials: required password')
  if (url.hostname === '' || url.hostname.startsWith('[')) throw new Refusal(400, 'missing hostname')
  return { url: text, user }
}

/** Why Rust's `url` does not take a text, which it and the URL standard agree on. */
function faultOf(text: string): string {
  const [, scheme, rest = ''] = /^([a-z][a-z\d+.-]*):\/*([^/?#]*)/i.exec(text) ?? []
  if (scheme === undefined) return 'relative URL without a base'
  const [, host = '', port = ''] =
    /^(\[[^\]]*\]?[^:]*|[^:]*)(.*)$/.exec(rest.slice(rest.lastIndexOf('@') + 1)) ?? []
  if (host === '') return 'empty host'
  if (port !== '' && URL.canParse(`${scheme}://${host}`)) return 'invalid port number'
  return host.startsWith('[') ? 'invalid IPv6 address' : 'invalid domain character'
}

/** Percent-decoded; what is no escape stays. @throws Refusal 400, in words that are said of the database as well */
function decode(text: string): string {
  const bytes = Buffer.from(
    text.replaceAll(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
  if (!isUtf8(bytes)) throw new Refusal(400, `invalid username: ${utf8Fault(bytes)}`)
  return bytes.toString()
}

/** The words of Rust's Utf8Error: the first byte that is wrong, and how many after it might have been right. */
function utf8Fault(bytes: Buffer): string {
  let at = 0
  for (let length = 1; length <= 4; length += 1) {
    if (!isUtf8(bytes.subarray(at, at + length))) continue
    at += length
    length = 0
  }
  let count = 1
  while (at + count < bytes.length && begins(bytes.subarray(at, at + count + 1))) count += 1
  return at + count === bytes.length && begins(bytes.subarray(at))
    ? `incomplete utf-8 byte sequence from index ${at}`
    : `invalid utf-8 sequence of ${count} bytes from index ${at}`
}

/** Whether something makes a character of these bytes: the lowest continuations or the highest always do if any do. */
const begins = (bytes: Buffer): boolean =>
  [1, 2, 3].some((count) =>
    [0x80, 0xbf].some((byte) => isUtf8(Buffer.concat([bytes, Buffer.alloc(count, byte)]))),
  )
