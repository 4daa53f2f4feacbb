/** A Postgres session, one query after the other: node-postgres and the Neon driver's Client both are. */
export type Session = {
  /** Without values a text may hold several statements; what they answer is then not told. */
  readonly query: (
    text: string,
    values?: unknown[],
  ) => Promise<{ readonly rows: readonly Record<string, unknown>[] }>
}
