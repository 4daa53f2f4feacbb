import { isAssetRef, keyOf } from '../../core/asset/name.ts'
import type { Scope } from '../../core/gear.ts'
import { TEMPLATE_BYTES_MAX } from '../../core/limits.ts'
import { err, ok, type Result } from '../../core/result.ts'

/** The text of a template, from where the document says it is; the error is for the operator. */
export async function templateAt(uri: string, scope: Scope): Promise<Result<string, string>> {
  const name = assetIn(uri)
  return name === null ? scope.templates.read(uri) : fileText(name, scope)
}

/** `asset-gear:///<name>` (v2 reference, section 3.5): a file of the app's own, which need not be public. */
function assetIn(uri: string): string | null {
  const url = URL.parse(uri)
  return url?.protocol === 'asset-gear:' && url.host === '' ? url.pathname.slice(1) : null
}

async function fileText(escaped: string, { files, tenant }: Scope): Promise<Result<string, string>> {
  try {
    const name = decodeURIComponent(escaped)
    const found = isAssetRef(name) ? await files.get(keyOf(tenant.appId, name)) : null
    if (found?.kind !== 'bytes') return err('is no file of the app')
    if (found.file.size > TEMPLATE_BYTES_MAX) {
      await found.body.cancel()
      return err(`is larger than ${TEMPLATE_BYTES_MAX} bytes`)
    }
    return ok(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(await found.bytes()))
  } catch {
    return err('cannot be read')
  }
}
