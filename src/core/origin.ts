import { ORIGIN_CHARS_MAX } from './limits.ts'

/** Where a request comes from, as far as that can be told. */
export type Origin = {
  readonly requestId: string
  /** The client's address as Cloudflare's edge saw it; null where there is no edge in front. Nobody can forge it. */
  readonly address: string | null
  readonly userAgent: string | null
  /** What proxies on the way say, by header: anybody can say it. */
  readonly claims: Readonly<Partial<Record<ClaimHeader, string>>>
}

const CLAIM_HEADERS = ['x-forwarded-for', 'x-real-ip', 'forwarded'] as const
type ClaimHeader = (typeof CLAIM_HEADERS)[number]

/** Headers are cut to `ORIGIN_CHARS_MAX`: they are kept, and their length is the sender's choice. */
export function originOf(headers: Headers, requestId: string): Origin {
  const of = (name: string): string | null => headers.get(name)?.slice(0, ORIGIN_CHARS_MAX) || null
  return {
    requestId,
    address: of('cf-connecting-ip'),
    userAgent: of('user-agent'),
    claims: Object.fromEntries(
      CLAIM_HEADERS.flatMap((name) => {
        const said = of(name)
        return said === null ? [] : [[name, said]]
      }),
    ),
  }
}
