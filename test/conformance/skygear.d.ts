/** What the suite uses of the npm package `skygear` 1.7.2, which has no types of its own. */
declare module 'skygear' {
  type Level = 'read' | 'write' | null

  export interface ACL {
    readonly public: Level
    readonly users: { readonly [userId: string]: Level }
    readonly roles: { readonly [role: string]: Level }
  }

  /** A record: its fields are members beside these. */
  export interface SkygearRecord {
    readonly id: string
    readonly _id: string
    readonly recordType: string
    readonly ownerID: string
    readonly createdAt: Date
    readonly createdBy: string
    readonly updatedAt: Date
    readonly updatedBy: string
    readonly access: ACL
    setPublicNoAccess(): void
    setPublicReadOnly(): void
    setPublicReadWriteAccess(): void
    setReadOnlyForUser(user: SkygearRecord): void
    setReadWriteAccessForUser(user: SkygearRecord): void
    setReadOnlyForRole(role: Role): void
    setReadWriteAccessForRole(role: Role): void
    [field: string]: unknown
  }

  export interface RecordClass {
    new (fields?: { [field: string]: unknown }): SkygearRecord
    readonly recordType: string
  }

  export interface Role {
    readonly name: string
  }

  export interface Reference {
    readonly id: string
  }

  export interface Asset {
    readonly name: string
    readonly url: string
    readonly contentType: string
  }

  export interface Geolocation {
    readonly latitude: number
    readonly longitude: number
  }

  export interface Query {
    overallCount: boolean
    limit: number
    offset: number
    page: number
    equalTo(key: string, value: unknown): this
    notEqualTo(key: string, value: unknown): this
    greaterThan(key: string, value: unknown): this
    greaterThanOrEqualTo(key: string, value: unknown): this
    lessThan(key: string, value: unknown): this
    lessThanOrEqualTo(key: string, value: unknown): this
    like(key: string, pattern: string): this
    notLike(key: string, pattern: string): this
    caseInsensitiveLike(key: string, pattern: string): this
    contains(key: string, values: readonly unknown[]): this
    notContains(key: string, values: readonly unknown[]): this
    addAscending(key: string): this
    addDescending(key: string): this
  }

  export interface QueryClass {
    new (type: RecordClass): Query
    or(...queries: readonly Query[]): Query
    not(query: Query): Query
  }

  export interface QueryResult extends Array<SkygearRecord> {
    readonly overallCount: number | undefined
  }

  /** One refused record of a batch. */
  export interface ItemError {
    readonly _id?: string
    readonly _type: 'error'
    readonly name: string
    readonly code: number
    readonly message: string
    readonly info?: { readonly [key: string]: unknown }
  }

  export interface SaveResult {
    readonly savedRecords: readonly (SkygearRecord | undefined)[]
    readonly errors: readonly (ItemError | undefined)[]
  }

  export interface Database {
    uploadAsset(asset: Asset): Promise<Asset>
    getRecordByID(id: string): Promise<SkygearRecord>
    query(query: Query): Promise<QueryResult>
    save(record: SkygearRecord): Promise<SkygearRecord>
    save(records: readonly SkygearRecord[], options?: { atomic?: boolean }): Promise<SaveResult>
    delete(record: SkygearRecord): Promise<void>
    delete(records: readonly SkygearRecord[]): Promise<readonly (ItemError | undefined)[]>
  }

  type AuthData = { readonly [key: string]: string }
  type Profile = { readonly [field: string]: unknown }

  export interface AuthContainer {
    readonly currentUser: SkygearRecord | null
    readonly accessToken: string | null
    signup(authData: AuthData, password: string, profile?: Profile): Promise<SkygearRecord>
    signupWithUsername(username: string, password: string, profile?: Profile): Promise<SkygearRecord>
    signupWithEmail(email: string, password: string, profile?: Profile): Promise<SkygearRecord>
    signupAnonymously(): Promise<SkygearRecord>
    login(authData: AuthData, password: string): Promise<SkygearRecord>
    loginWithUsername(username: string, password: string): Promise<SkygearRecord>
    loginWithEmail(email: string, password: string): Promise<SkygearRecord>
    logout(): Promise<null>
    whoami(): Promise<SkygearRecord>
    forgotPassword(email: string): Promise<unknown>
    resetPassword(userId: string, code: string, expireAt: number, newPassword: string): Promise<unknown>
    requestVerification(recordKey: string): Promise<unknown>
    verifyUserWithCode(code: string): Promise<SkygearRecord>
  }

  interface Socket {
    close(): void
  }

  export interface PubsubContainer {
    autoPubsub: boolean
    on(channel: string, handler: (data: unknown) => void): (data: unknown) => void
    once(channel: string): Promise<unknown>
    off(channel: string, handler?: (data: unknown) => void): void
    publish(channel: string, data: object): void
    onOpen(listener: () => void): void
    readonly _pubsub: Socket
    readonly _internalPubsub: Socket
  }

  export interface Container {
    readonly auth: AuthContainer
    readonly publicDB: Database
    readonly privateDB: Database
    readonly pubsub: PubsubContainer
    readonly store: unknown
    readonly Record: { extend(type: string): RecordClass }
    readonly Query: QueryClass
    readonly Reference: new (target: SkygearRecord | string) => Reference
    readonly Geolocation: new (latitude: number, longitude: number) => Geolocation
    readonly Asset: new (file: {
      readonly name: string
      readonly file: Uint8Array
      readonly contentType: string
    }) => Asset
    readonly Sequence: new () => object
    readonly Role: new (name: string) => Role
    config(options: { endPoint: string; apiKey: string }): Promise<this>
  }

  /** The container that the package makes; its class is the only way to more of them. */
  const skygear: Container
  export default skygear
}
