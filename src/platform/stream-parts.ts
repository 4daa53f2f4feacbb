/** The bytes of a stream in parts of `size`, the last one shorter. @throws what the stream does */
export async function* partsOf(
  stream: ReadableStream<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let chunks: Uint8Array[] = []
  let missing = size
  for await (const chunk of stream) {
    let rest = chunk
    while (rest.length >= missing) {
      yield joined([...chunks, rest.subarray(0, missing)], size)
      rest = rest.subarray(missing)
      chunks = []
      missing = size
    }
    if (rest.length > 0) chunks.push(rest)
    missing -= rest.length
  }
  if (chunks.length > 0) yield joined(chunks, size - missing)
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}
