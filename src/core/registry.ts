/** What a listing can tell of a host without reading its document: at most `REGISTRY_SUMMARY_BYTES_MAX` as JSON. */
export type HostSummary = {
  readonly app_id?: string
  /** Where the app is in the cluster's own database. */
  readonly schema?: string
  readonly plan?: string
  readonly gears?: Readonly<Record<string, string>>
  readonly suspended?: true
  readonly alias_of?: string
}

/** Where the cluster's documents are kept: `host:<hostname>` and `plan:<name>`. */
export type TenantRegistry = {
  /** Null: no such key. */
  readonly get: (key: string) => Promise<string | null>
  /** `summary` null: it would not fit. */
  readonly put: (key: string, text: string, summary: HostSummary | null) => Promise<void>
  /** A key that is not there is no failure. */
  readonly delete: (key: string) => Promise<void>
  /** `summary` null: the key was written without one. */
  readonly list: (
    prefix: string,
  ) => Promise<readonly { readonly key: string; readonly summary: HostSummary | null }[]>
}
