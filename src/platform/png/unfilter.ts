/* Indices are bounded by the row's length: `!` costs the inner loops nothing. */

/**
 * Makes of a filtered row the row (PNG third edition, section 9), in its place. `above`: the row before, zeros for the
 * first; `step`: bytes of a pixel, 1 at least. False: there is no such filter.
 */
export function unfilter(filter: number, row: Uint8Array, above: Uint8Array, step: number): boolean {
  const { length } = row
  switch (filter) {
    case 0:
      return true
    case 1:
      for (let i = step; i < length; i++) row[i] = row[i]! + row[i - step]!
      return true
    case 2:
      for (let i = 0; i < length; i++) row[i] = row[i]! + above[i]!
      return true
    case 3:
      for (let i = 0; i < length; i++) row[i] = row[i]! + (((i < step ? 0 : row[i - step]!) + above[i]!) >> 1)
      return true
    case 4:
      for (let i = 0; i < step && i < length; i++) row[i] = row[i]! + above[i]!
      for (let i = step; i < length; i++)
        row[i] = row[i]! + nearest(row[i - step]!, above[i]!, above[i - step]!)
      return true
    default:
      return false
  }
}

/** Paeth's predictor. */
function nearest(left: number, up: number, corner: number): number {
  const byLeft = Math.abs(up - corner)
  const byUp = Math.abs(left - corner)
  const byCorner = Math.abs(left + up - 2 * corner)
  if (byLeft <= byUp && byLeft <= byCorner) return left
  return byUp <= byCorner ? up : corner
}
