import { DOCUMENT_WALK_DEPTH_MAX } from '../../core/limits.ts'
import { err, ok, type Result } from '../../core/result.ts'
import type { Sealer } from '../../core/sealer.ts'
import { type DocumentFault, pointer } from './fault.ts'
import { isSecretKey } from './mask.ts'
import { jsonFrom, parseHostText, parseHostValue, type GearSections, type HostValue } from './parse.ts'

/** A sealed secret as it stands in a stored document: a compact JWE. */
type Sealed = { readonly sealed: string }
const isSealed = (value: unknown): value is Sealed =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).length === 1 &&
  'sealed' in value &&
  typeof value.sealed === 'string'

/** The same document with every secret in it sealed: the values that `maskSecrets` hides whole, and database URLs. */
export const sealSecrets = (document: unknown, sealer: Sealer): Promise<unknown> =>
  copy(document, async (value, path) => {
    if (typeof value !== 'string') return value
    return { sealed: await sealer.seal(value, { appId: appIdOf(document), path }) } satisfies Sealed
  })

/** The same document with every sealed secret opened, or the first that cannot be. `sealer` null: none can. */
export async function openSecrets(
  document: unknown,
  sealer: Sealer | null,
): Promise<Result<unknown, DocumentFault>> {
  let fault: DocumentFault | null = null
  const opened = await copy(document, async (value, path) => {
    if (!isSealed(value)) return value
    const secret = await sealer?.open(value.sealed, { appId: appIdOf(document), path })
    if (typeof secret === 'string') return secret
    const why = sealer
      ? 'is not sealed for this place by a key of this cluster'
      : 'is sealed: TENANT_SEAL_KEY is not set'
    fault ??= { path, message: why }
    return value
  })
  return fault ? err(fault) : ok(opened)
}

/** Whether every secret of a stored document is sealed, and with the key that seals now. */
export async function isSealedAnew(document: unknown, sealer: Sealer): Promise<boolean> {
  let isAnew = true
  await copy(document, async (value) => {
    isAnew &&= isSealed(value) ? sealer.isCurrent(value.sealed) : typeof value !== 'string'
    return value
  })
  return isAnew
}

/** As `parseHostText`, with the document's secrets opened first. */
export async function readHostText(
  text: string,
  sections: GearSections,
  sealer: Sealer | null,
): Promise<Result<HostValue, DocumentFault>> {
  // Most documents hold none, and are parsed without a second walk.
  if (!text.includes('"sealed"')) return parseHostText(text, sections)
  const value = jsonFrom(text)
  if (!value.ok) return value
  const opened = await openSecrets(value.value, sealer)
  return opened.ok ? parseHostValue(opened.value, sections) : opened
}

/** `map` gets every value at or below a secret key that is no object, or a sealed one. */
async function copy(
  value: unknown,
  map: (value: unknown, path: string) => Promise<unknown>,
  place: readonly string[] = [],
  isSecret = false,
): Promise<unknown> {
  if (isSecret && (typeof value !== 'object' || isSealed(value))) return map(value, pointer(place))
  if (typeof value !== 'object' || value === null || place.length === DOCUMENT_WALK_DEPTH_MAX) return value
  const entries: [string, unknown][] = []
  for (const [key, each] of Object.entries(value)) {
    const isItem = Array.isArray(value)
    entries.push([key, await copy(each, map, [...place, key], isSecret || (!isItem && isSecretKey(key)))])
  }
  // fromEntries defines its keys, so that a key named __proto__ stays a key.
  return Array.isArray(value) ? entries.map(([, each]) => each) : Object.fromEntries(entries)
}

function appIdOf(document: unknown): string {
  const id = typeof document === 'object' && document !== null && 'app_id' in document ? document.app_id : ''
  return typeof id === 'string' ? id : ''
}
