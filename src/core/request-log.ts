/** One line a request, as JSON. Holds no credential, no body, no document. */
export type RequestLog = {
  readonly request_id: string
  readonly host: string
  readonly app?: string | undefined
  readonly method: string
  /** The action or route that answered; null where none was found. */
  readonly action: string | null
  readonly status: number
  readonly error?: string | undefined
  /** What the database said, where the answer is a server error: SQLSTATE and message. */
  readonly fault?: string | undefined
  /** Round trips to the database. */
  readonly trips: number
  readonly ms: number
}

/** Writes a sampled share of the lines, and every server error. */
export function requestLogger(share: number, random: () => number, write: (line: string) => void) {
  return (entry: RequestLog): void => {
    if (entry.status >= 500 || share >= 1 || random() < share) write(JSON.stringify(entry))
  }
}
