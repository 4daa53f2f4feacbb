/** Who calls: the key they came with and the user their token proves. */
export type Caller = {
  readonly key: 'none' | 'client' | 'master'
  readonly clientId: string | null
  /** `sessionId` is null where the master key stands in for a user. */
  readonly user: { readonly id: string; readonly sessionId: string | null } | null
}

/** The user that the master key is, where it names nobody else (v1 protocol, section 2.1). */
export const MASTER_USER_ID = '_god'
