import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream, openSync, unlinkSync, type WriteStream } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Refusal } from './failure.ts'

/** What an answer may hold in memory, in UTF-16 units; what goes beyond it lies in a file. */
const HELD_CHARS_MAX = 256 * 1024
/** Bytes under way to the file before Postgres is asked to wait. */
const WRITING_BYTES_MAX = 1024 * 1024

/**
 * The JSON of one answer while it is made. Its HTTP status is known only when the last statement has succeeded
 * (a COMMIT may fail, a row may be the one too many), so nothing can be sent before; and a client that reads
 * slowly must not keep a transaction open. So a large answer waits in a temporary file, which has no name any
 * more once it is open and goes with the process: memory stays the same however large the answer is and
 * however slowly it is read.
 */
export class Answer {
  #held = ''
  #bytes = 0
  #file: { readonly fd: number; readonly stream: WriteStream } | undefined
  #failure: Error | undefined
  #discarded = false

  /** Adds to the JSON. False asks the caller to wait for `whenWritable` before going on; nothing is lost if not. */
  write(text: string): boolean {
    if (this.#discarded) return true
    this.#held += text
    return this.#held.length < HELD_CHARS_MAX || this.#spill()
  }

  /** Whether what was written so far is more than this many bytes. A unit of UTF-16 is three at most. */
  exceeds(bytes: number): boolean {
    if (this.#bytes + 3 * this.#held.length <= bytes) return false
    this.#spill()
    return this.#bytes > bytes
  }

  /** Calls back once, when the file has caught up, has failed or is no longer wanted. */
  whenWritable(callback: () => void): void {
    const stream = this.#file?.stream
    if (!stream || this.#failure) return callback()
    const settle = (): void => {
      for (const event of ['drain', 'error', 'close']) stream.off(event, settle)
      callback()
    }
    for (const event of ['drain', 'error', 'close']) stream.once(event, settle)
  }

  /**
   * Sends the whole with status 200, at the client's pace, and lets go of the file.
   * @throws Refusal 500, before anything is sent, when the file could not be written; any other error means that
   * the client has left
   */
  async send(response: ServerResponse, head: Readonly<Record<string, string>>): Promise<void> {
    if (!this.#file && !this.#failure) {
      response.writeHead(200, { ...head, 'content-length': Buffer.byteLength(this.#held) })
      response.end(this.#held)
      return
    }
    if (this.#held !== '') this.#spill()
    const file = this.#file
    if (file && !this.#failure) await ended(file.stream)
    if (!file || this.#failure) {
      this.discard()
      throw new Refusal(500, `the answer could not be kept: ${this.#failure?.message}`)
    }
    this.#file = undefined
    response.writeHead(200, { ...head, 'content-length': this.#bytes })
    await pipeline(createReadStream('', { fd: file.fd, start: 0 }), response)
  }

  /** Lets go of everything; what is written from now on is dropped. */
  discard(): void {
    this.#discarded = true
    this.#held = ''
    // Closes the descriptor as well, after a write under way.
    this.#file?.stream.destroy()
    this.#file = undefined
  }

  #spill(): boolean {
    const bytes = Buffer.from(this.#held)
    this.#held = ''
    if (this.#failure) return true
    this.#bytes += bytes.length
    try {
      this.#file ??= this.#open()
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error))
      return true
    }
    return this.#file.stream.write(bytes)
  }

  #open(): { fd: number; stream: WriteStream } {
    const path = join(tmpdir(), `neon-answer-${randomUUID()}`)
    const fd = openSync(path, 'wx+', 0o600)
    unlinkSync(path)
    const stream = createWriteStream('', { fd, autoClose: false, highWaterMark: WRITING_BYTES_MAX })
    stream.on('error', (error) => {
      this.#failure = error
    })
    return { fd, stream }
  }
}

/** Waits until everything is written, or nothing more will be. */
function ended(stream: WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('error', () => resolve())
    stream.end(resolve)
  })
}
