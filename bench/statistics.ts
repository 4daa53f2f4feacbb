/** The middle value; the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low = NaN, high = low] =
    sorted.length % 2 === 0 ? [sorted[middle - 1], sorted[middle]] : [sorted[Math.floor(middle)]]
  return (low + high) / 2
}

/** How far the repetitions lie apart: (max - min) / median. */
export const spread = (values: readonly number[]): number =>
  (Math.max(...values) - Math.min(...values)) / median(values)
