import { err, ok, type Result } from '../core/result.ts'

/** A stream of bytes as the text in UTF-8 that it must be, of so many bytes at most. */
export async function boundedText(
  body: ReadableStream<Uint8Array>,
  bytesMax: number,
): Promise<Result<string, string>> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  let text = ''
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > bytesMax) return err(`is larger than ${bytesMax} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return ok(text + decoder.decode())
}
