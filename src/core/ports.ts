import type { ImagePlan } from './image/image.ts'
import type { JSONWebKeySet } from 'jose'
import type { Failure } from './failure.ts'
import type { Rate } from './rate.ts'
import type { Result } from './result.ts'
import type { Tenant } from './tenant.ts'

/** SQL text with its parameters, ready to send: the currency between pure compilers and the database. */
export type Statement = {
  readonly text: string
  readonly values: readonly unknown[]
  /** The name of its one column, where it always answers one row of one column: it can be part of another then. */
  readonly column?: string
  /** How the text begins, where that must stand first of all: a `with` that changes data (PostgreSQL manual, 7.8.4). */
  readonly definitions?: string
}
/** A call of a function that raises where a transaction must not go on. `name` is quoted and qualified. */
export type Check = {
  readonly name: string
  readonly values: readonly unknown[]
  /** It stores something: none of a transaction that only reads. */
  readonly writes?: true
}
/** What a shape of each table is known to be (`_core_shape`); null: there is none. */
export type TableShapes = ReadonlyMap<string, string | null>
export type Row = Readonly<Record<string, unknown>>

/** What Postgres says when it refuses. `code` is the SQLSTATE; `SG` and three digits are failures of our own. */
export type SqlFault = {
  readonly code: string
  readonly message: string
  readonly detail?: string | undefined
  readonly constraint?: string | undefined
  readonly column?: string | undefined
}

/** One call, one transaction, one round trip: all statements or none. A request that calls it twice must say why. */
export type Database = {
  readonly transact: (
    statements: readonly Statement[],
    options?: {
      /** Several statements only: a single one says itself what it does. */
      readonly readOnly?: boolean
      /** Called before anything else. */
      readonly checks?: readonly Check[]
      /** The tables that the statements were made for: SG002, and nothing done, where one is not as known. */
      readonly tables?: TableShapes
    },
  ) => Promise<Result<readonly (readonly Row[])[], SqlFault>>
}

/** Makes the schema of an app that has none, at head. */
export type Provisioner = { readonly provision: (tenant: Tenant) => Promise<Result<void, string>> }

/** What an access token says once its signature holds. */
export type TokenClaims = { readonly userId: string; readonly sessionId: string }

/** What a custom token says (v1 protocol, section 4.11): whom its maker calls `principalId`, and what is known of them. */
export type CustomClaims = {
  readonly principalId: string
  readonly profile: Readonly<Record<string, unknown>>
}

/** Access tokens of an app: signed and verified with its own keys, without I/O. */
export type Tokens = {
  readonly issue: (
    tenant: Tenant,
    claims: TokenClaims & { readonly issuedAt: Date; readonly expiresAt: Date | null },
  ) => Promise<string>
  /** A forged, expired, foreign or malformed token is refused with AccessTokenNotAccepted. */
  readonly verify: (tenant: Tenant, token: string, now: Date) => Promise<Result<TokenClaims, Failure>>
  readonly publicKeys: (tenant: Tenant) => Promise<JSONWebKeySet>
  /** A custom token, which somebody else signed with `secret`: BadRequest where it is none, InvalidCredentials where it lacks a claim. */
  readonly verifyCustom: (secret: string, token: string, now: Date) => Promise<Result<CustomClaims, Failure>>
}

/** Slow hashes. Both refuse with 503 and Retry-After where too many wait. */
export type Passwords = {
  readonly hash: (password: string) => Promise<Result<string, Failure>>
  /** `hash` null: nobody to compare with; takes as long as if there were. */
  readonly verify: (password: string, hash: string | null) => Promise<Result<boolean, Failure>>
  /** Whether a hash that verified is not one that `hash` would make now. */
  readonly isOutdated: (hash: string) => boolean
}

/** Whose attempts are counted together, and how many may be. `place`: from where, where one that passed is remembered. */
export type Limit = { readonly key: string; readonly rate: Rate; readonly place: string | null }

/** Counts attempts. None of them throws: where nobody counts, all may go on. */
export type Limiter = {
  /** Seconds to wait; 0: the attempt may go on, and is counted, unless its place is known. */
  readonly take: (limit: Limit) => Promise<number>
  /** Uncounts an attempt that was taken. */
  readonly putBack: (limit: Limit) => Promise<void>
  /** Uncounts it, and remembers its place for a while: from there, nobody waits for what others do. */
  readonly know: (limit: Limit) => Promise<void>
}

/** How well a password can be guessed: 0 at once, to 4 hardly (zxcvbn's score). `words`: what a guesser knows of its user. */
export type PasswordStrength = {
  readonly score: (password: string, words: readonly string[]) => Promise<number>
}

/** Tells a tenant's own server something, once: signed, within seconds, whatever it answers. Never throws. */
export type Webhooks = {
  readonly post: (tenant: Tenant, url: string, body: string) => Promise<void>
}

/** Live connections: hands a WebSocket upgrade to the hub of this name. */
export type Hubs = { readonly connect: (hub: string, request: Request) => Promise<Response> }

/** A mail to one person. Addresses are `user@example.com` or `"Name" <user@example.com>`. */
export type Mail = {
  readonly from: string
  readonly replyTo?: string | undefined
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html?: string | undefined
}
/** Through whom an app sends its mail. */
export type MailTransport =
  | {
      readonly kind: 'smtp'
      readonly host: string
      readonly port: number
      /** `normal`: STARTTLS where the server offers it, which it must before it learns a password; `ssl`: TLS at once. */
      readonly mode: 'normal' | 'ssl'
      readonly login?: string | undefined
      readonly password?: string | undefined
    }
  /** `POST url` with a bearer token and a JSON body in the shape of Resend's API. */
  | { readonly kind: 'http'; readonly url: string; readonly auth_token: string }

/** Both send now; where they cannot, the error is why, for the operator: it holds no secret and no address. */
export type Mailer = { readonly send: (via: MailTransport, mail: Mail) => Promise<Result<void, string>> }
export type TextTransport =
  | {
      readonly kind: 'twilio'
      readonly account_sid: string
      readonly auth_token: string
      readonly from: string
    }
  | {
      readonly kind: 'nexmo'
      readonly api_key: string
      readonly api_secret: string
      readonly from: string
    }
export type TextMessages = {
  /** `to`: E.164, as +85298765432. */
  readonly send: (via: TextTransport, to: string, text: string) => Promise<Result<void, string>>
}

/** Texts that an app keeps elsewhere: `https:` and `data:` URLs, of so many bytes, remembered for a while. */
export type TemplateSource = { readonly read: (uri: string) => Promise<Result<string, string>> }

/** `length` characters, each any of the alphabet's with the same chance, that nobody can foretell. */
export type RandomText = (alphabet: string, length: number) => string

/** Keyed and plain digests by SHA-256, in lower-case hex or in base64url without padding. */
export type Digests = {
  readonly hmac: (secret: string, text: string, encoding: 'hex' | 'base64url') => string
  readonly hash: (text: string) => string
}

/** What HTTP says of a file's bytes; kept with them. */
export type FileHeaders = {
  readonly contentType?: string
  readonly contentDisposition?: string
  readonly contentEncoding?: string
  readonly cacheControl?: string
}
export type StoredFile = {
  readonly key: string
  readonly size: number
  /** Quoted, as in HTTP. */
  readonly etag: string
  readonly storedAt: Date
  readonly headers: FileHeaders
  /** Anything else that its owner keeps with it. */
  readonly metadata: Readonly<Record<string, string>>
}
/** From byte `offset` on, at most so many; or the last so many. */
export type FileRange = { readonly offset: number; readonly length?: number } | { readonly suffix: number }

/** Bytes on their way in: their number is known, or bounded. */
export type FileBody = { readonly stream: ReadableStream<Uint8Array> } & (
  | { readonly size: number }
  | { readonly sizeMax: number }
)
export type FileToPut = {
  readonly headers: FileHeaders
  readonly metadata: Readonly<Record<string, string>>
  /** Base64: what comes must have this digest. */
  readonly md5?: string
  /** Refuses where there is such a key. */
  readonly isNew?: boolean
}
/**
 * `large`: more bytes than allowed. `interrupted`: the body broke off, or was not as announced. `corrupt`: another digest.
 * `taken`: see `isNew`. In all cases nothing is stored.
 */
export type FilePutFault = 'large' | 'interrupted' | 'corrupt' | 'taken'

/**
 * What is there of a file. `held`: a condition of the request keeps its bytes back; `outside`: the range begins behind
 * its end.
 */
export type FoundFile =
  | {
      readonly kind: 'bytes'
      readonly file: StoredFile
      readonly body: ReadableStream
      /** In place of `body`: all of it in memory, for what has a bound. */
      readonly bytes: () => Promise<Uint8Array>
      readonly range: Range
    }
  | { readonly kind: 'held'; readonly file: StoredFile }
  | { readonly kind: 'outside'; readonly file: StoredFile }
type Range = { readonly offset: number; readonly length: number }

/** Files of all apps under keys that begin with the app's id. Bytes are streams: nothing holds a file whole. */
export type Files = {
  readonly put: (key: string, body: FileBody, file: FileToPut) => Promise<Result<StoredFile, FilePutFault>>
  /** `conditions`: `If-Match` and the like (RFC 9110, section 13). Null: there is no such file. */
  readonly get: (
    key: string,
    asked?: { readonly range?: FileRange | null; readonly conditions?: Headers },
  ) => Promise<FoundFile | null>
  readonly head: (key: string) => Promise<StoredFile | null>
  /** A key that is not there is no failure. */
  readonly delete: (keys: readonly string[]) => Promise<void>
  /** In order of the keys' bytes; `more`: there are others behind them. At most 1,000. */
  readonly list: (
    prefix: string,
    options: { readonly after?: string; readonly limit: number },
  ) => Promise<{ readonly files: readonly StoredFile[]; readonly more: boolean }>
}

/** Lets a client send a file's bytes to the store itself: more than a request to us may hold. */
export type DirectUploads = {
  /** A URL for a PUT, good for so many seconds and for exactly this file; `headers` have to come with it, as they are. */
  readonly presign: (
    key: string,
    size: number,
    file: FileToPut,
    seconds: number,
  ) => Promise<{ readonly url: string; readonly headers: Readonly<Record<string, string>> }>
}

/**
 * `damaged`: the bytes are not the picture that their header announces. `unsupported`: they are, of a kind that no decoder
 * here reads. `busy`: too many wait already.
 */
export type ImageFault = 'damaged' | 'unsupported' | 'busy'
/** Of bytes that nobody else holds: they are gone when the picture is made. */
export type ImageSource = { readonly picture: Uint8Array; readonly marks: readonly Uint8Array[] }

/** Makes pictures of pictures: one at a time in an isolate, whose memory they share with all else. */
export type Images = {
  /** `load` is called when it is this picture's turn, so that those who wait hold no bytes; what it throws is thrown. */
  readonly render: (
    plan: ImagePlan,
    load: () => Promise<ImageSource>,
  ) => Promise<Result<Uint8Array, ImageFault>>
}
