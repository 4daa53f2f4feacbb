/** How often one of these is slower than one of those: 0.5 where nobody can tell them apart (Mann and Whitney's U). */
export function slowerShare(some: readonly number[], others: readonly number[]): number {
  const slower = some.map(
    (time) =>
      others.filter((other) => time > other).length + others.filter((other) => time === other).length / 2,
  )
  return slower.reduce((sum, each) => sum + each, 0) / (some.length * others.length)
}
