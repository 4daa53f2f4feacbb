import { pointer } from '../document/fault.ts'
import { maskSecrets } from '../document/mask.ts'
import { valueAt } from './place.ts'

/** One place at which two documents differ, as people may see it: `before` or `after` is missing where nothing is. */
export type Change = { readonly path: string; readonly before?: unknown; readonly after?: unknown }

/** Where two documents differ, secrets masked; a secret that changed is told even where both look the same masked. */
export function difference(before: unknown, after: unknown): readonly Change[] {
  const [shownBefore, shownAfter] = [maskSecrets(before), maskSecrets(after)]
  return placesThatDiffer(before, after, []).map((place) => {
    const [was, is] = [valueAt(shownBefore, place), valueAt(shownAfter, place)]
    return {
      path: pointer(place),
      ...(was !== undefined && { before: was }),
      ...(is !== undefined && { after: is }),
    }
  })
}

type Place = readonly string[]

function placesThatDiffer(before: unknown, after: unknown, place: Place): readonly Place[] {
  if (!isComposite(before) || !isComposite(after) || Array.isArray(before) !== Array.isArray(after))
    return Object.is(before, after) ? [] : [place]
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].flatMap((key) =>
    placesThatDiffer(valueAt(before, [key]), valueAt(after, [key]), [...place, key]),
  )
}

const isComposite = (value: unknown): value is object => typeof value === 'object' && value !== null
