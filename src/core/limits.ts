/** Every bound of the system, with its unit and its reason. Nothing is unbounded. */

/** An action's JSON body. Files do not travel in it; Skygear v1 had no bound, 8 MiB holds 10,000 ordinary records. */
export const BODY_BYTES_MAX = 8 * 1024 * 1024
/** Nesting of a JSON body: deep enough for any predicate or document, far below where recursion hurts. */
export const BODY_DEPTH_MAX = 64
/**
 * Bytes of what the database answers a call, at most: any record that a body could bring, whose quotes JSON within JSON
 * doubles, and half as much again. Of an isolate's 128 MB it takes some four times as much while it is parsed and rendered.
 */
export const ANSWER_BYTES_MAX = 24 * 1024 * 1024
/** Records in one save, ids in one fetch or delete: keeps a transaction short. */
export const BATCH_ITEMS_MAX = 1000
/** Operators in one predicate (PocketBase and Parse cap theirs as well). */
export const PREDICATE_NODES_MAX = 500
/** Bytes of an identifier in Postgres (NAMEDATALEN - 1); a longer name would be cut silently. */
export const IDENTIFIER_BYTES_MAX = 63
/** Bytes of a record's key: b-tree rows must stay under a third of a page. */
export const RECORD_KEY_BYTES_MAX = 1024
/** Columns of a record type: Postgres allows 1,600 with room for wide types. */
export const RECORD_FIELDS_MAX = 1000
/** Bytes of an access token; ours are about 300. */
export const TOKEN_BYTES_MAX = 4096
/** Bytes of a password; scrypt takes any length, a request should not. */
export const PASSWORD_BYTES_MAX = 4096
/** Characters of a login id. */
export const LOGIN_ID_CHARS_MAX = 512
/** Bytes of an OAuth provider's name: with the longest of its accounts, 1,536, in one entry of an index, of at most 2,704. */
export const PROVIDER_BYTES_MAX = 512
/** Bytes of whom a custom token names: in an entry of an index, too. */
export const PRINCIPAL_BYTES_MAX = 2600
/** What an isolate remembers of tenants, of its 128 MB: 15,000 of the shortest documents, 1,200 of 10 KB. */
export const TENANTS_CACHED_BYTES_MAX = 48 * 1024 * 1024
/** Seconds that a read of the tenant store may take; KV answers from its region in well under one. */
export const TENANT_READ_SECONDS_MAX = 5
/** Seconds that a write to the tenant store may take: KV writes to its centers, mostly in one or two. */
export const TENANT_WRITE_SECONDS_MAX = 10
/** Bytes of a stored tenant document, in UTF-8: real ones are 2 to 20 KB, and an isolate holds thousands of parsed ones. */
export const DOCUMENT_BYTES_MAX = 1024 * 1024
/** Its nesting: the contract's own is 7, the rest is room for gears. It keeps every walk off the end of the stack. */
export const DOCUMENT_DEPTH_MAX = 32
/** Bytes of a key of the tenant store, and of what a listing tells of it: KV's. */
export const REGISTRY_KEY_BYTES_MAX = 512
export const REGISTRY_SUMMARY_BYTES_MAX = 1024
/** Bytes of what a data point of Workers Analytics Engine is sampled by: the app's id. */
export const ANALYTICS_INDEX_BYTES_MAX = 96
/** Characters of an app's id, and of a name from another cluster: v2's are UUIDs; R2's keys hold one beside an asset's name. */
export const APP_ID_CHARS_MAX = 96
/** Documents that are read to compare a new app's names with, where KV holds them without a summary: a request has 1,000 calls. */
export const NAMESAKES_READ_MAX = 500
/** Gears that one document gives a version or one plan lists, and characters of a name and a version; there are about ten gears. */
export const GEAR_VERSIONS_MAX = 32
export const GEAR_VERSION_CHARS_MAX = 64
/** How long a tenant document is trusted before KV is asked again; KV itself converges in about as long. */
export const TENANT_CACHE_SECONDS = 60
/** How long an unknown host is remembered as unknown. */
export const UNKNOWN_HOST_CACHE_SECONDS = 5
/** Verified tokens an isolate remembers, at about 500 bytes. */
export const TOKENS_CACHED_MAX = 10_000
/** Columns and rules of record types that an isolate remembers, at about 60 bytes: some 10,000 types. */
export const RECORD_COLUMNS_CACHED_MAX = 150_000
/** Names that an isolate remembers as those of no record type, at about 250 bytes: who makes names up fills it. */
export const UNKNOWN_TYPES_CACHED_MAX = 4096
/** Characters that tell the statements apart which an isolate keeps compiled, of each kind: some 2,000 statements of 2 KB. */
export const STATEMENT_SHAPES_CHARS_MAX = 512 * 1024
/** Times a transaction starts over because a record type changed under it: each time somebody has extended it. */
export const TYPED_ATTEMPTS_MAX = 8
/** Password hashes that may wait for the one that runs (100 ms each, so the last waits 1.6 s). */
export const PASSWORD_QUEUE_MAX = 16
/** Durable Objects that hash for one isolate, each with its queue where they do not share a thread. */
export const PASSWORD_HASHERS_MAX = 4
/** How long a request may wait for the limiter before it goes on without. */
export const LIMITER_SECONDS_MAX = 2
/** From how many networks an account is known to be entered, and for how long each is remembered. */
export const KNOWN_PLACES_MAX = 8
export const KNOWN_PLACE_SECONDS = 30 * 24 * 60 * 60
/** How long a place in that queue can be held: longer than the queue is. */
export const PASSWORD_WAIT_SECONDS_MAX = 10
/** Characters of a password that its guessability is judged by, and of each of its user's words: the work grows by their square. */
export const GUESSED_CHARS_MAX = 40
/** Words of a user that a password is judged by. */
export const GUESSED_WORDS_MAX = 50
/** How long a request may wait for its database. Skygear's RESPONSE_TIMEOUT. */
export const DATABASE_SECONDS_MAX = 60
/** Characters that are kept of a header that says where a request comes from: user agents are some 200. */
export const ORIGIN_CHARS_MAX = 512
/** Characters of what the audit trail notes beside who, what and where. */
export const AUDIT_DATA_CHARS_MAX = 4096
/** How long a call to an app's own server may take: v2's `sync_hook_timeout_second`. */
export const WEBHOOK_SECONDS_MAX = 5
/** Bytes of a template, and of what is made of it (v2 reference, section 3.5). */
export const TEMPLATE_BYTES_MAX = 1024 * 1024
/** How long a template is trusted before its URL is asked again, as a tenant's document; and how much an isolate keeps. */
export const TEMPLATE_CACHE_SECONDS = 60
export const TEMPLATES_CACHED_CHARS_MAX = 4 * 1024 * 1024
/** Languages of a request that are looked at. */
export const LANGUAGES_MAX = 8
/** Codes of one kind and field that are good at once, the latest: mails overtake one another, and each is one more to guess. */
export const CODES_KEPT_MAX = 5
/** Wrong guesses after which a verification code is worth nothing: with the line above, 25 among a million. */
export const CODE_ATTEMPTS_MAX = 5
/**
 * Users that one request sends codes to, as it has changed their fields: each takes some six calls, of which a request has
 * 1,000, and a third of a second, of which it has 30 after its answer. An import does not mean to write to everybody.
 */
export const CODES_DUE_USERS_MAX = 50
/** A form that a page posts. */
export const FORM_BYTES_MAX = 32 * 1024
/** Series of the operator's counters: apps by actions by statuses. At about 150 bytes each. */
export const METRICS_SERIES_MAX = 10_000
/** How long an isolate keeps counts to itself: one call to the cluster's object per isolate and time. */
export const METRICS_FLUSH_SECONDS = 10
/** A pub/sub frame, and a channel's name. */
export const PUBSUB_FRAME_BYTES_MAX = 64 * 1024
export const PUBSUB_CHANNEL_CHARS_MAX = 256
/** Channels of one socket. */
export const PUBSUB_CHANNELS_MAX = 50
/** Bytes of a socket's attachment, where the list of its channels lives: the platform's 16,384 less its framing. */
export const PUBSUB_ATTACHMENT_BYTES_MAX = 16_000
/** References that one key path may follow: Skygear v1 followed one. */
export const KEY_PATH_HOPS_MAX = 4
/** Different references that the key paths of one query follow: each is a join, and Postgres plans them together. */
export const QUERY_JOINS_MAX = 16
/** Sort keys of a query, and what it includes in `_transient`. */
export const QUERY_SORTS_MAX = 32
export const QUERY_INCLUDES_MAX = 32
/** Characters of a query's or fetch's shape that an isolate keeps a statement for: with all that it keeps, 16 MB at worst. */
export const QUERY_SHAPE_CHARS_MAX = 8192
/** Bytes of an asset's name: R2's keys have 1,024, and begin with the app's id. */
export const ASSET_NAME_BYTES_MAX = 800
/** Bytes of a request's body that Cloudflare passes on in any of its plans ("Limits"): larger files go to the store directly. */
export const REQUEST_BYTES_MAX = 100_000_000
/** Bytes of a file: v2's limit (v2 reference, section 4.4). The platform bounds a request's body before (100 MB). */
export const ASSET_BYTES_MAX = 512 * 1024 * 1024
/** Bytes of a file's key in the store: R2's. */
export const FILE_KEY_BYTES_MAX = 1024
/** Entity tags in one condition of a request: a cache sends the few that it holds, and workerd takes a stack frame for each. */
export const CONDITION_TAGS_MAX = 64
/** How long a URL in a record lives (v1 protocol, section 8.4). */
export const ASSET_URL_SECONDS = 15 * 60
/** How long any URL of a file may live: v2's limit (v2 reference, section 4.6). */
export const ASSET_URL_SECONDS_MAX = 7 * 24 * 60 * 60
/** Bytes and number of the text fields of an upload's form. */
export const FORM_FIELD_BYTES_MAX = 16 * 1024
export const FORM_PARTS_MAX = 32
/** How long an upload may take, before what is left of it is swept away. */
export const ASSET_GRACE_SECONDS = 24 * 60 * 60
/** How long bytes without a row are kept: long enough to set a database right that was put back to an older day. */
export const ASSET_ORPHAN_SECONDS = 7 * 24 * 60 * 60
/** Rows and objects of an app that one sweep compares. */
export const SWEEP_ASSETS_MAX = 1000
/** Apps that one run of the schedule sweeps: each takes some five calls, of which a run has 1,000. */
export const SWEEP_APPS_MAX = 100
/** How often the schedule runs, as wrangler.toml says: it numbers the rounds. */
export const SWEEP_SECONDS = 10 * 60
/** Operations of a picture's pipeline: v2's limit (v2 reference, section 4.9). */
export const IMAGE_OPERATIONS_MAX = 10
/** Pixels of a side that is asked for: v2's limit (v2 reference, section 4.9). */
export const IMAGE_SIDE_MAX = 4096
/** Pixels of a side of a picture as it came: JPEG's two bytes. */
export const PICTURE_SIDE_MAX = 65_535
/** Standard deviation of a blur, in pixels: OSS's. */
export const IMAGE_BLUR_MAX = 50
/** Bytes of a picture and its marks: v2's limit (v2 reference, section 4.9). An isolate has 128 MB in all. */
export const IMAGE_BYTES_MAX = 20 * 1024 * 1024
/** Bytes of a picture in which its header is looked for first: EXIF and its thumbnail fit. */
export const IMAGE_HEADER_BYTES_MIN = 64 * 1024
/** Bytes in which a header must be: color profiles and editors' data before a picture's size can have some megabytes. */
export const IMAGE_HEADER_BYTES_MAX = 2 * 1024 * 1024
/**
 * Pixels of a JPEG as it came: a phone's 12 or 24 megapixels. Ours is made smaller as it is read, row by row, if a resize
 * comes before all else; then memory does not matter, but where several scans keep their coefficients at full size (up to
 * 8 bytes a pixel). Otherwise it is held whole, at 4 bytes.
 */
export const IMAGE_PIXELS_MAX = 24_000_000
export const IMAGE_SCANS_PIXELS_MAX = 6_000_000
export const IMAGE_WHOLE_PIXELS_MAX = 13_000_000
/** Pixels of a PNG, which is read row by row as well; and of one that is held whole, or of a WebP, of which libwebp takes up to 14 bytes each. */
export const IMAGE_PNG_PIXELS_MAX = 6_000_000
export const IMAGE_OTHER_PIXELS_MAX = 4_194_304
/** Pixels of a GIF or an animated WebP, of which photon takes 11 bytes each and never gives them back. */
export const IMAGE_PHOTON_PIXELS_MAX = 2_000_000
/** Pixels of the pictures before and after one step, at 4 bytes: 72 MB of the isolate's 128, beside the file. */
export const IMAGE_HELD_PIXELS_MAX = 18_000_000
/** Pixels of a mark, which is decoded beside the picture that it is put on. */
export const IMAGE_MARK_PIXELS_MAX = 1_000_000
/** Pixels of what is made: 16 MB, once here and once in the encoder. Supabase makes 2,500 a side. */
export const IMAGE_OUTPUT_PIXELS_MAX = 4_194_304
/** Pixels of a JPEG's side in libjpeg, and of a WebP's in its 14 bits. */
export const IMAGE_JPEG_SIDE_MAX = 65_500
export const IMAGE_WEBP_SIDE_MAX = 16_383
/** Pixels of a WebP: its encoder took 94 MB for 1.9 million of noise. */
export const IMAGE_WEBP_PIXELS_MAX = 2_000_000
/** Pixels of an AVIF: its encoder takes some 0.5 s a million; and of one that nobody asked for by name. */
export const IMAGE_AVIF_PIXELS_MAX = 1_000_000
export const IMAGE_AUTO_AVIF_PIXELS_MAX = 250_000
/** What is kept of one asset's pictures: the widths, formats and crops that sites use are some dozens, and anybody may ask for more. */
export const IMAGE_VARIANTS_MAX = 200
/** Pictures that an isolate makes or waits to make; their headers are read at once, of 64 KiB each and 2 MiB at worst. */
export const IMAGE_FLIGHTS_MAX = 32
/** Pictures that may wait for the one that is made: those of a page. Each takes a quarter of a second, and holds no bytes before. */
export const IMAGE_QUEUE_MAX = 31
/** How long a place in that queue, or the work itself, can be held: longer than the slowest picture and the queue. */
export const IMAGE_WAIT_SECONDS_MAX = 30
/** Characters of a hostname (RFC 1035: a full name in text form). */
export const HOST_LENGTH_MAX = 253
/** Warnings of one document: one that is mostly unknown keys should not fill a log with them. */
export const DOCUMENT_WARNINGS_MAX = 20
/** Nesting to which a document is copied before it is judged: deeper than any valid one, and far from the end of the stack. */
export const DOCUMENT_WALK_DEPTH_MAX = 64
/** Bytes that an adopted password's hash may take: half of the isolate's. */
export const PASSWORD_MEMORY_BYTES_MAX = 64 * 1024 * 1024
/** How long a template may take to come: the mail waits for it. */
export const TEMPLATE_FETCH_SECONDS_MAX = 5
/** Bytes of a custom token: it carries a profile, as a request may. */
export const CUSTOM_TOKEN_BYTES_MAX = 64 * 1024
/** How long a provider's API may take to accept a message. */
export const PROVIDER_SECONDS_MAX = 10
/** Bytes of what it answers: a few hundred for each message. */
export const PROVIDER_ANSWER_BYTES_MAX = 64 * 1024
/** When to come again where the object that counts has more callers than it can answer. */
export const OVERLOADED_WAIT_SECONDS = 10
/** A whole delivery. RFC 5321 would wait for minutes, a Worker cannot. */
export const SMTP_SESSION_SECONDS_MAX = 30
/** Octets of one reply: RFC 5321 allows 512 a line, and no server says a hundred of them. */
export const SMTP_REPLY_BYTES_MAX = 64 * 1024
/** Earlier passwords that a new one is compared with, whatever the policy says: each comparison is a hash of 0.1 s. */
export const PASSWORDS_COMPARED_MAX = 24
/** Events of the audit trail in one answer: some 300 KB. */
export const AUDIT_LISTED_MAX = 1000
/** Sessions of one user: of those that never end, the oldest make room for a new one. */
export const SESSIONS_MAX = 1000
/** Sessions that one login takes away: a login stays short, whatever it finds. */
export const SESSIONS_SWEPT_MAX = 100
/** Lists of fields that identify the users of an app, and fields of a list: every login reads the first, every sign-up is judged by all. */
export const USER_KEY_LISTS_MAX = 8
export const USER_KEY_FIELDS_MAX = 8
/** Days that an audit trail may keep, ten years: what nobody reads any more is only a risk. */
export const AUDIT_DAYS_MAX = 3650
/** Bytes of the headers of a form's part. */
export const FORM_HEADER_BYTES_MAX = 16 * 1024
/** Characters of a header that is kept with an asset, and of its name's prefix: together within what R2 keeps beside an object, 8,192 bytes. */
export const ASSET_HEADER_CHARS_MAX = 512
export const ASSET_PREFIX_CHARS_MAX = 255
/** URLs that one request has signed, as many as records in a save. */
export const ASSET_URLS_MAX = 1000
/** Characters of an asset's media type: a column's. */
export const CONTENT_TYPE_CHARS_MAX = 255
