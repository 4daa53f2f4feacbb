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

/** An origin taken apart, in lower case. */
type Origin = { readonly scheme: string; readonly host: string; readonly port: number }
/** An item of the list: the origins it stands for, as `serialized`, or a pattern of them. */
type Item = readonly string[] | ((origin: Origin) => boolean)

/**
 * Compiles a comma-separated list of origins, spaces kept. The empty list matches nothing, and so does a list with a
 * malformed item. Grammar: skygear v2.3 "CORS", and the behaviour of the library it names (github.com/iawaknahc/
 * originmatcher of December 2019) where that says more.
 */
export function originMatcher(list: string): (origin: string) => boolean {
  const items = itemsOf(list) ?? []
  if (items.includes(ANY_ORIGIN)) return () => true
  // A list of hundreds is mostly of plain ones, and an isolate keeps thousands of lists.
  const plain = new Set(items.flatMap((item) => (typeof item === 'function' ? [] : item)))
  const patterns = items.filter((item) => typeof item === 'function')
  return (text) => {
    const [, scheme, host, port] = ORIGIN.exec(text.toLowerCase()) ?? []
    if (scheme === undefined || host === undefined) return false
    const origin = { scheme, host, port: Number(port ?? STANDARD_PORTS[scheme]) }
    return plain.has(serialized(origin)) || patterns.some((matches) => matches(origin))
  }
}

/** Whether every item of the list is well formed. */
export const isOriginList = (list: string): boolean => itemsOf(list) !== null

function itemsOf(list: string): readonly Item[] | null {
  const items = list === '' ? [] : list.split(',').map(itemOf)
  return items.every((item) => item !== null) ? items : null
}

/** An origin as browsers serialize it, and an item of the list: the scheme is optional in the latter only. */
const ORIGIN = /^(https?):\/\/(\[[0-9a-f:.]+\]|[^:/?#@[\]]+)(?::(\d{1,5}))?$/
const ITEM = /^(?:(https?):\/\/)?(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/
const PORT_MAX = 65_535
const STANDARD_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 }

const serialized = ({ scheme, host, port }: Origin): string => `${scheme}://${host}:${port}`
const ANY_ORIGIN: Item = () => true

function itemOf(item: string): Item | null {
  if (item === '*') return ANY_ORIGIN
  const [, scheme, host = '', port] = ITEM.exec(item.toLowerCase()) ?? []
  if (host === '' || Number(port ?? 0) > PORT_MAX) return null
  const stands = Object.entries(STANDARD_PORTS)
    .filter(([name]) => scheme === undefined || scheme === name)
    .map(([name, standard]) => ({ scheme: name, port: Number(port ?? standard) }))
  if (!host.includes('*'))
    return isPlainHost(host) ? stands.map((each) => serialized({ ...each, host })) : null
  const pattern = patternOf(host.split('.'))
  if (!pattern) return null
  return (origin) =>
    stands.some((each) => each.scheme === origin.scheme && each.port === origin.port) &&
    pattern.test(origin.host)
}

/** An address, a name of one label whatever is in it, or labels of letters, digits and hyphens. */
const isPlainHost = (host: string): boolean =>
  host.startsWith('[') ||
  !host.includes('.') ||
  host.split('.').every((label) => /^[a-z0-9][-a-z0-9]*$/.test(label))

/**
 * Wildcards stand in the leftmost labels, one in each at most, and never in the last two; the exception is `*` alone,
 * which lets `http://*` and `*:3000` stand for any host of one label. A `*` that opens a label stands for a letter and
 * what may follow one; beside other characters, also for nothing.
 */
function patternOf(labels: readonly string[]): RegExp | null {
  const wild = labels.map((label) => label.includes('*'))
  const isWellFormed =
    labels.length === 1
      ? labels[0] === '*'
      : labels.every((label) => /^[a-z0-9*][-a-z0-9*]*$/.test(label) && !/\*.*\*/.test(label)) &&
        wild.every((isWild, i) => !isWild || (i < labels.length - 2 && wild[i - 1] !== false))
  if (!isWellFormed) return null
  const sources = labels.map((label) => {
    if (label === '*') return '[a-z][-a-z0-9]*'
    return label.startsWith('*') ? `(?:[a-z][-a-z0-9]*)?${label.slice(1)}` : label.replace('*', '[-a-z0-9]*')
  })
  return new RegExp(`^${sources.join('\\.')}$`)
}
