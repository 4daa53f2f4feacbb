/** The answers in the order of the items, so many at work at a time. */
export async function inParallel<T, A>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<A>,
): Promise<readonly A[]> {
  const answers: A[] = []
  const queue = items.entries()
  const worker = async () => {
    // One iterator for all: each item is taken once.
    for (const [i, item] of queue) answers[i] = await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker))
  return answers
}
