/** What serde_json says is wrong, with line and column as it counts them. */
export class JsonError extends Error {}

/** Stands for a byte where there are no more. */
export const END = -1

const TAB = 0x09
const NEWLINE = 0x0a
const RETURN = 0x0d
const SPACE = 0x20
const ZERO = 0x30
const NINE = 0x39

/** A place in a text. Bytes are looked at rather than characters because serde_json's columns are bytes. */
export class Cursor {
  readonly bytes: Buffer
  at = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  peek(): number {
    return this.bytes[this.at] ?? END
  }

  next(): number {
    const byte = this.peek()
    if (byte !== END) this.at += 1
    return byte
  }

  /** The first byte that is not white space, which is not read yet. */
  skip(): number {
    for (;;) {
      const byte = this.peek()
      if (byte !== SPACE && byte !== NEWLINE && byte !== RETURN && byte !== TAB) return byte
      this.at += 1
    }
  }

  /** Passes over digits. @returns how many */
  digits(): number {
    const start = this.at
    while (isDigit(this.peek())) this.at += 1
    return this.at - start
  }

  /** About the byte that was read last: the column is the number of bytes read of the line. */
  error(message: string, at = this.at): JsonError {
    const before = this.bytes.subarray(0, at)
    let line = 1
    for (let i = before.indexOf(NEWLINE); i !== -1; i = before.indexOf(NEWLINE, i + 1)) line += 1
    return new JsonError(`${message} at line ${line} column ${at - before.lastIndexOf(NEWLINE) - 1}`)
  }

  /** About the byte that comes next. */
  peekError(message: string): JsonError {
    return this.error(message, Math.min(this.at + 1, this.bytes.length))
  }
}

export const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE
