import { isAssetRef } from '../../core/asset/name.ts'

/**
 * The asset that the request's path names below `start`, unescaped once; null where nothing can be called so. A name is
 * one key of the app's and no way through folders: `..` in it leads nowhere.
 */
export function nameIn({ url }: Request, start: string): string | null {
  try {
    const { pathname } = new URL(url)
    const name = decodeURIComponent(pathname.slice(start.length))
    return isAssetRef(name) ? name : null
  } catch {
    return null
  }
}
