/**
 * Who may call an app from a browser (skygear v2.3 "CORS"). `any` is an app that names no origin, which is every
 * skygear v1 app: all may call, but without cookies.
 */
export type CorsPolicy =
  | { readonly kind: 'any' }
  | { readonly kind: 'listed'; readonly matches: (origin: string) => boolean }

/** The request headers that CORS reads; null where the request has none. */
export type CorsRequest = {
  readonly origin: string | null
  readonly requestMethod: string | null
  readonly requestHeaders: string | null
}

const MAX_AGE_SECONDS = 900

/** The policy of `app_config.cors.origin`, compiled once per tenant. */
export const corsPolicy = (originList: string): CorsPolicy =>
  originList === '' ? { kind: 'any' } : { kind: 'listed', matches: originMatcher(originList) }

const ANY = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'x-skygear-request-id',
  'Access-Control-Max-Age': String(MAX_AGE_SECONDS),
} as const
// Also where the origin is refused: the answer depends on it all the same, and caches must know.
const REFUSED = { Vary: 'Origin' } as const
const ALLOWED = {
  ...REFUSED,
  'Access-Control-Allow-Credentials': 'true',
  'Access-Control-Expose-Headers': 'x-skygear-try-refresh-token, x-skygear-request-id',
  'Access-Control-Max-Age': String(MAX_AGE_SECONDS),
} as const

/**
 * The headers that CORS adds to an answer, a preflight's included.
 * Where no origin is named, skygear v1 answered `*` with credentials, which browsers refuse; ours has none.
 */
export function corsHeaders(
  policy: CorsPolicy,
  { origin, requestMethod, requestHeaders }: CorsRequest,
): Readonly<Record<string, string>> {
  // The same object for all such requests: what is made of it is made once.
  if (policy.kind === 'any' && requestMethod === null && requestHeaders === null) return ANY
  if (policy.kind === 'listed' && (origin === null || !policy.matches(origin))) return REFUSED
  return {
    ...(policy.kind === 'any' ? ANY : ALLOWED),
    ...(policy.kind === 'listed' && origin !== null && { 'Access-Control-Allow-Origin': origin }),
    ...(requestMethod !== null && { 'Access-Control-Allow-Methods': requestMethod }),
    ...(requestHeaders !== null && { 'Access-Control-Allow-Headers': requestHeaders }),
  }
}

type Matcher = (origin: string) => boolean

/**
 * Compiles a comma-separated list of origins, spaces kept. The empty list matches nothing, and so does a list with a
 * malformed item. Grammar: skygear v2.3 "CORS", and the behaviour of the library it names (github.com/iawaknahc/
 * originmatcher of December 2019) where that says more.
 */
export function originMatcher(list: string): Matcher {
  const matchers = compileList(list) ?? []
  return (origin) => matchers.some((matches) => matches(origin))
}

/** Whether every item of the list is well formed. */
export const isOriginList = (list: string): boolean => compileList(list) !== null

function compileList(list: string): readonly Matcher[] | null {
  const items = list === '' ? [] : list.split(',').map(compileItem)
  return items.every((item) => item !== null) ? items : null
}

/** An origin as browsers serialize it, and an item of the list: the scheme is optional in the latter only. */
const ORIGIN = /^(https?):\/\/(\[[0-9a-f:.]+\]|[^:/?#@[\]]+)(?::(\d{1,5}))?$/i
const ITEM = /^(?:(https?):\/\/)?(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i
const PORT_MAX = 65_535

function compileItem(item: string): Matcher | null {
  if (item === '*') return () => true
  const [, scheme, host = '', port] = ITEM.exec(item) ?? []
  const matchesHost = compileHost(host.toLowerCase())
  if (matchesHost === null || Number(port ?? 0) > PORT_MAX) return null
  return (origin) => {
    const [, itsScheme = '', itsHost = '', itsPort] = ORIGIN.exec(origin) ?? []
    const protocol = itsScheme.toLowerCase()
    if (protocol === '' || (scheme !== undefined && scheme.toLowerCase() !== protocol)) return false
    const standard = protocol === 'http' ? 80 : 443
    return Number(port ?? standard) === Number(itsPort ?? standard) && matchesHost(itsHost.toLowerCase())
  }
}

/** Wildcards stand in the leftmost labels, one in each at most, and never in the last two. */
function compileHost(host: string): Matcher | null {
  if (host === '') return null
  if (host.startsWith('[')) return (other) => other === host
  const labels = host.split('.')
  const wild = labels.map((label) => label.includes('*'))
  // A single label is the exception that lets `http://*` and `*:3000` stand for any such host.
  if (labels.length === 1) return host === '*' ? matching(labels) : wild[0] ? null : (other) => other === host
  const wellFormed = labels.every((label) => /^[a-z0-9*][-a-z0-9*]*$/.test(label) && !/\*.*\*/.test(label))
  const leftmost = wild.every(
    (isWild, index) => !isWild || (index < labels.length - 2 && wild[index - 1] !== false),
  )
  return wellFormed && leftmost ? matching(labels) : null
}

/** A `*` that opens a label stands for a letter and what may follow one; beside other characters, also for nothing. */
function matching(labels: readonly string[]): Matcher {
  const sources = labels.map((label) => {
    if (label === '*') return '[a-z][-a-z0-9]*'
    return label.startsWith('*') ? `(?:[a-z][-a-z0-9]*)?${label.slice(1)}` : label.replace('*', '[-a-z0-9]*')
  })
  const pattern = new RegExp(`^${sources.join('\\.')}$`)
  return (host) => pattern.test(host)
}
