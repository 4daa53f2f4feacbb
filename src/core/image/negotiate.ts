/** Formats that `format,auto` chooses where a client says that it reads them. */
export type ModernFormat = 'avif' | 'webp'
const MODERN: readonly ModernFormat[] = ['avif', 'webp']

/**
 * The formats that `Accept` names (RFC 9110, section 12.5.1), the smaller files first; who takes `image/*` or anything has
 * not said that it reads them. What `format,auto` makes of a picture differs by this list and by nothing else of a request.
 */
export function negotiated(accept: string | null): readonly ModernFormat[] {
  const named = new Set((accept ?? '').toLowerCase().split(',').filter(isAcceptable).map(typeOf))
  return MODERN.filter((format) => named.has(`image/${format}`))
}

const typeOf = (range: string): string => range.split(';')[0]?.trim() ?? ''
const isAcceptable = (range: string): boolean => !/;\s*q\s*=\s*0(\.0*)?\s*(;|$)/.test(range)
