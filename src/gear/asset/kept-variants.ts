import type { Files } from '../../core/ports.ts'
import { behindVariantsOf, originalIn, variantsOf, variantsOfApp } from './variant.ts'

/** Files of one call of the store at most. */
const PAGE = 1000

/** Whether there are so many variants of one original. */
export async function areKept(files: Files, start: string, many: number): Promise<boolean> {
  let count = 0
  for await (const keys of keysUnder(files, start)) {
    count += keys.length
    if (count >= many) return true
  }
  return false
}

/** Takes away what was made of an asset, which is no longer there or is another now. */
export async function dropVariants(files: Files, appId: string, name: string): Promise<void> {
  const start = variantsOf(appId, name)
  if (start !== null) for await (const keys of keysUnder(files, start)) await files.delete(keys)
}

/** Page by page: the store decides how long one is. */
async function* keysUnder(files: Files, start: string): AsyncGenerator<readonly string[], void, undefined> {
  for (let after = start, isMore = true; isMore;) {
    const page = await files.list(start, { after, limit: PAGE })
    yield page.files.map(({ key }) => key)
    after = page.files.at(-1)?.key ?? after
    isMore = page.more
  }
}

/** A variant, and the name and etag of the original that it was made of. */
type Kept = { readonly key: string; readonly name: string; readonly etag: string }

/**
 * Variants of names behind `reached`, so many at most. `end`: the last name of which there can be no others; undefined:
 * there are no others at all.
 */
export async function variantsBehind(
  files: Files,
  appId: string,
  reached: string,
  most: number,
): Promise<{ readonly variants: readonly Kept[]; readonly end: string | undefined }> {
  const after = behindVariantsOf(appId, reached)
  const page = await files.list(variantsOfApp(appId), { after, limit: most })
  const variants = page.files.flatMap(({ key }) => {
    const original = originalIn(appId, key)
    return original ? [{ key, ...original }] : []
  })
  const last = variants.at(-1)?.name
  if (!page.more) return { variants, end: undefined }
  // Of one name alone there may be more than are looked at: a sweep has to get on all the same.
  return { variants, end: variants.findLast(({ name }) => name !== last)?.name ?? last }
}
