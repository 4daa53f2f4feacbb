import { FORM_BYTES_MAX } from '../../core/limits.ts'

/** Where a page's form may end up: redirects of an answer count as its target in browsers. */
const originOf = (url: string | undefined): string[] => {
  if (url === undefined || !URL.canParse(url)) return []
  const { origin, protocol } = new URL(url)
  return [origin === 'null' ? protocol : origin]
}

/**
 * A page: it runs no script, is shown in no frame, is kept nowhere, and tells no other site the code in its address.
 * `redirects`: URLs that its form may be answered with.
 */
export const page = (
  html: string,
  isFault = false,
  redirects: readonly (string | undefined)[] = [],
): Response =>
  new Response(html, {
    status: isFault ? 400 : 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'content-security-policy': [
        `default-src 'none'`,
        `style-src 'unsafe-inline' https:`,
        `img-src https: data:`,
        `font-src https:`,
        `form-action 'self' ${redirects.flatMap(originOf).join(' ')}`.trim(),
        `base-uri 'none'`,
        `frame-ancestors 'none'`,
      ].join('; '),
    },
  })

/** To a page of the app's own, with these parameters added to its query. */
export function redirectTo(url: string, parameters: Readonly<Record<string, string>>): Response {
  const target = new URL(url)
  for (const [name, value] of Object.entries(parameters)) target.searchParams.set(name, value)
  return new Response(null, {
    status: 302,
    headers: { location: target.href, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  })
}

/** The parameters of a page: of its address, and of the form that was posted. Null: it is too large, or no form. */
export async function parametersOf(request: Request): Promise<Readonly<Record<string, string>> | null> {
  const query = Object.fromEntries(new URL(request.url).searchParams)
  if (request.method !== 'POST') return query
  // Browsers say how long a form is; who does not say is none.
  const length = Number(request.headers.get('content-length') ?? NaN)
  const type = request.headers.get('content-type') ?? ''
  if (!(length <= FORM_BYTES_MAX) || !type.startsWith('application/x-www-form-urlencoded')) return null
  const form = new TextDecoder().decode(await request.arrayBuffer())
  return { ...query, ...Object.fromEntries(new URLSearchParams(form)) }
}
