/** Where in which app's document a secret stands (a JSON pointer): sealed for one place, it opens in no other. */
export type SealedPlace = { readonly appId: string; readonly path: string }

/** Keeps secrets that lie in a tenant document from whoever can read the document. */
export type Sealer = {
  readonly seal: (secret: string, place: SealedPlace) => Promise<string>
  /** Null: sealed with a key that is not here, for another place, or not sealed at all. */
  readonly open: (sealed: string, place: SealedPlace) => Promise<string | null>
  /** Whether it was sealed with the key that seals now. */
  readonly isCurrent: (sealed: string) => boolean
}
