/** What a listing can tell of a host without reading its document: kept as KV metadata (1 KiB at most). */
export type HostSummary = {
  readonly app_id?: string
  readonly plan?: string
  readonly gears?: Readonly<Record<string, string>>
  readonly suspended?: true
  readonly alias_of?: string
}

/** Where the cluster's documents are kept: `host:<hostname>` and `plan:<name>`. */
export type TenantRegistry = {
  /** Null: no such key. */
  readonly get: (key: string) => Promise<string | null>
  readonly put: (key: string, text: string, summary: HostSummary) => Promise<void>
  /** A key that is not there is no failure. */
  readonly delete: (key: string) => Promise<void>
  /** `summary` null: somebody wrote the key without one. */
  readonly list: (
    prefix: string,
  ) => Promise<readonly { readonly key: string; readonly summary: HostSummary | null }[]>
}
