import { ASSET_NAME_BYTES_MAX } from '../limits.ts'
import { isStorable, utf8Bytes } from '../record/name.ts'

/**
 * A file name as an asset can have it (v1 protocol, section 8.1): no control character, no backslash and no `+`; no
 * empty step, and none that leads elsewhere. Empty where nothing is left. Applied twice, it changes nothing.
 */
export function cleanName(given: string): string {
  return given
    .toWellFormed()
    .replaceAll(/[\p{Cc}\\+\ufffd]/gu, '')
    .replaceAll(/\.{2,}/g, '')
    .split('/')
    .filter((step) => step !== '' && step !== '.')
    .join('/')
    .replace(/^[./]+/, '')
}

/** Whether an asset may have the name, given by us or by an older server: whatever it says, it is one key of the app's. */
export const isAssetRef = (name: string): boolean =>
  name !== '' && isStorable(name) && utf8Bytes(name) <= ASSET_NAME_BYTES_MAX

/** Its base name behind an id: nobody can guess the name of another's file, nor overwrite it (v1 protocol, section 8.1). */
export function withId(name: string, id: string): string {
  const slash = name.lastIndexOf('/') + 1
  return `${name.slice(0, slash)}${id}-${name.slice(slash)}`
}

/** The name as one step of a path. */
export const escapedName = (name: string): string =>
  encodeURIComponent(name).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/** Where an app's files are. No app's id holds a slash then, so none is inside another's. */
export const filesOf = (appId: string): string => `${encodeURIComponent(appId)}/`
export const keyOf = (appId: string, name: string): string => `${filesOf(appId)}${name}`
