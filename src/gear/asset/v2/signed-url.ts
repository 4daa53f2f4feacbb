import { failV2, type FailureV2 } from '../../../core/failure-v2.ts'
import type { Scope } from '../../../core/gear.ts'
import { err, ok, type Result } from '../../../core/result.ts'
import { sameSecret } from '../../../core/secret.ts'
import type { Permission } from '../serve-asset.ts'

/** URLs that carry their own permission (v2 reference, section 4.8). */
type Signing = Pick<Scope, 'tenant' | 'digests' | 'baseUrl' | 'now'>
type Parameters = readonly (readonly [name: string, value: string])[]

const ALGORITHM = 'HMAC-SHA256'
const SIGNATURE = 'x-skygear-signature'

/** `path` is escaped already. */
export function signedUrl(
  scope: Signing,
  method: string,
  path: string,
  seconds: number,
  parameters: Parameters = [],
): string {
  const date = scope.now.toISOString().replace(/\.\d+/, '')
  const all: Parameters = [
    ...parameters,
    ['x-skygear-algorithm', ALGORITHM],
    ['x-skygear-date', date],
    ['x-skygear-expires', String(seconds)],
    ['x-skygear-signedheaders', 'host'],
  ]
  const { signature } = signatureOf(scope, method, path, all, date)
  return `${scope.baseUrl}${path}?${canonicalQuery([...all, [SIGNATURE, signature]])}`
}

/**
 * What the signature of the request's URL is of, which is good for as long as it says; a HEAD is signed as a GET. A URL
 * that was signed without `pipeline` is good with any (v2 reference, section 4.7); one that was signed with it, with that.
 * `signedPath`: how its path may have been escaped when it was signed, and was not on its way.
 */
export function verified(
  request: Request,
  scope: Signing,
  signedPath?: string,
): Result<Permission, FailureV2> {
  const { pathname, searchParams } = new URL(request.url)
  const paths = [pathname, ...(signedPath === undefined ? [] : [signedPath])]
  const given = searchParams.get(SIGNATURE)
  if (given === null) return ok('none')
  const parameter = (name: string) => searchParams.get(`x-skygear-${name}`) ?? ''
  const [date, expires] = [parameter('date'), parameter('expires')]
  const signedAt = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(date) ? Date.parse(date) : NaN
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(given)) return err(badParameter('signature'))
  if (Number.isNaN(signedAt)) return err(badParameter('date'))
  if (!/^-?\d{1,12}$/.test(expires)) return err(badParameter('expires'))

  const method = request.method === 'HEAD' ? 'GET' : request.method
  const whole = [...searchParams].filter(([name]) => name !== SIGNATURE)
  const bare = whole.filter(([name]) => name !== 'pipeline')
  const isOf = (parameters: Parameters) =>
    paths.some((path) =>
      sameSecret(given.toLowerCase(), signatureOf(scope, method, path, parameters, date).signature),
    )
  const isWhole = bare.length < whole.length && isOf(whole)
  if (!isWhole && !isOf(bare)) {
    const { canonical } = signatureOf(scope, method, pathname, bare, date)
    return err(failV2('InvalidSignature', 'invalid signature', { canonical_request: canonical }))
  }
  return scope.now.getTime() > signedAt + Number(expires) * 1000
    ? err(failV2('ExpiredSignature', 'expired signature'))
    : ok(isWhole ? 'pipeline' : 'asset')
}

const badParameter = (name: string): FailureV2 =>
  failV2('InvalidSignatureQueryParam', `invalid x-skygear-${name}`)

function signatureOf(
  { tenant, digests, baseUrl }: Signing,
  method: string,
  path: string,
  parameters: Parameters,
  date: string,
) {
  const host = baseUrl.slice(baseUrl.indexOf('//') + 2)
  const canonical = [
    method,
    path,
    canonicalQuery(parameters),
    `host:${host}`,
    '',
    'host',
    'UNSIGNED-PAYLOAD',
  ].join('\n')
  const text = [ALGORITHM, date, digests.hash(canonical)].join('\n')
  return { canonical, signature: digests.hmac(tenant.assetSecret, text, 'hex') }
}

/** By name, values of one name in their order; nameless ones are left out, and so is the `=` of an empty value. */
const canonicalQuery = (parameters: Parameters): string =>
  parameters
    .filter(([name]) => name !== '')
    .toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)))
    .map(([name, value]) => (value === '' ? formEncoded(name) : `${formEncoded(name)}=${formEncoded(value)}`))
    .join('&')

/** As Go's url.QueryEscape: all but letters, digits and `-_.~`, a space as `+`. */
const formEncoded = (text: string): string =>
  encodeURIComponent(text)
    .replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
