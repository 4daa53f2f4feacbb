/**
 * Bytes that are given to the inflater at once: it holds what they become, which is up to 1,032 times as much (zlib's
 * own bound), until it is read.
 */
const SLICE_BYTES = 8 * 1024

/** What the parts of a zlib stream (RFC 1950) become, as it is asked for. Throws where the stream is broken. */
export async function* inflated(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  const { readable, writable } = new DecompressionStream('deflate')
  const writer = writable.getWriter()
  const reader = readable.getReader()
  const written = writeAll(writer, parts)
  // What breaks is told by the reader as well.
  written.catch(() => undefined)
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await Promise.allSettled([reader.cancel(), writer.abort()])
  }
}

async function writeAll(
  writer: WritableStreamDefaultWriter<ArrayBufferView>,
  parts: readonly Uint8Array[],
): Promise<void> {
  for (const part of parts)
    for (let at = 0; at < part.length; at += SLICE_BYTES) {
      await writer.ready
      await writer.write(part.subarray(at, at + SLICE_BYTES))
    }
  await writer.close()
}
