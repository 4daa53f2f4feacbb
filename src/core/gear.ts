import type * as v from 'valibot'
import type { Caller } from './caller.ts'
import { fail, invalid, type Failure } from './failure.ts'
import type { FailureV2 } from './failure-v2.ts'
import type { JsonObject } from './json-object.ts'
import type { Origin } from './origin.ts'
import type {
  Database,
  Digests,
  DirectUploads,
  Files,
  Hubs,
  Images,
  Limiter,
  Mailer,
  PasswordStrength,
  Passwords,
  RandomText,
  TemplateSource,
  TextMessages,
  Tokens,
  Webhooks,
} from './ports.ts'
import type { RecordHooks } from './record/hooks.ts'
import { err, type Result } from './result.ts'
import type { Accepts, Schema, Yields } from './schema.ts'
import type { Tenant } from './tenant.ts'

/**
 * What an action asks of its caller (v1 protocol, sections 2.3 and 2.4):
 * `anyone` nothing; `key` a client or master key, tokens ignored (accesskey);
 * `optional user` a key or a token, nobody's session needed (authenticator, inject_auth);
 * `user` somebody logged in, or the master key (authenticator, require_auth);
 * `expired user` as `user`, who may have a password that has expired (require_auth_skip_pwexpiry);
 * `session` as `optional user`, but the session is the action's own to judge: the guard does not ask for it.
 */
export type Access = 'anyone' | 'key' | 'optional user' | 'user' | 'expired user' | 'session'

/** Everything an action may touch. Anything not listed here is out of reach by construction. */
export type Scope = {
  readonly tenant: Tenant
  readonly caller: Caller
  readonly origin: Origin
  /** Already guarded: module versions and the caller's session are checked inside every transaction. */
  readonly db: Database
  readonly tokens: Tokens
  readonly passwords: Passwords
  readonly limiter: Limiter
  readonly strength: PasswordStrength
  readonly webhooks: Webhooks
  readonly hubs: Hubs
  readonly files: Files
  /** Null: the cluster has none. */
  readonly directUploads: DirectUploads | null
  readonly images: Images
  readonly digests: Digests
  readonly mailer: Mailer
  readonly textMessages: TextMessages
  readonly templates: TemplateSource
  /** Every gear's, whatever the app's plan. */
  readonly recordHooks: readonly RecordHooks[]
  readonly randomText: RandomText
  /** Where the app was reached, for links to it: `https://notes.example`. The host is one of the app's own. */
  readonly baseUrl: string
  /** What the caller reads (BCP 47), best first. */
  readonly languages: readonly string[]
  readonly now: Date
  /** A fresh UUID. */
  readonly newId: () => string
  /** To the operator's log, with the request's id. Holds no secret and nothing of a user's. */
  readonly report: (what: string) => void
  /** Work that may outlive the response. */
  readonly later: (work: Promise<unknown>) => void
  /** Work that starts once the answer is on its way; its database does not ask for the caller's session. */
  readonly afterwards: (work: (db: Database) => Promise<unknown>) => void
}

/** An action's answer: `result`, and `info` where the contract has one (counts). */
export type Reply<T> = { readonly result: T; readonly info?: Readonly<Record<string, unknown>> | undefined }

/** What an author writes: typed end to end. */
export type ActionSpec<In extends Schema, Out extends Schema> = {
  readonly summary: string
  readonly access: Access
  /** Refused to a user who is not verified, where the app wants them to be (v1 protocol, section 2.6). */
  readonly gated?: true
  readonly input: In
  readonly output: Out
  /** `record:query` and `asset:put` answer 108 to a value of a wrong JSON type; every other action 107. */
  readonly illTyped?: 'InvalidArgument'
  readonly run: (input: Yields<In>, scope: Scope) => Promise<Result<Reply<Accepts<Out>>, Failure>>
}

/** What the gateway sees: raw body in, outcome out, schemas kept for the document. */
export type Action = Omit<ActionSpec<Schema, Schema>, 'run'> & {
  readonly run: (
    body: Readonly<Record<string, unknown>>,
    scope: Scope,
  ) => Promise<Result<Reply<unknown>, Failure>>
}

/**
 * A surface of its own: bytes, sockets, public documents; its answer needs no envelope. Found before actions, by its path: an exact one, or
 * one that ends in `/*` and takes every path below it that no exact one takes.
 */
export type Route = {
  readonly method: string
  readonly path: string
  readonly access: Access
  readonly open: (request: Request, scope: Scope) => Promise<Result<Response | Reply<unknown>, Failure>>
}

/**
 * What an endpoint of v2 asks of its caller (v2 reference, section 1.10). `valid user`: somebody logged in, whose session
 * the guard finds alive, or the master key.
 */
export type AccessV2 = 'anyone' | 'valid user' | 'master key'

/** An endpoint of the v2 API, its path as a Route's: an answer for the envelope, or one without. */
export type RouteV2 = {
  readonly method: string
  readonly path: string
  readonly access: AccessV2
  /** `body`: the request's JSON object where it `reads` one; else it is empty, and the request's left unread. */
  readonly reads?: 'json'
  readonly open: (
    request: Request,
    scope: Scope,
    body: JsonObject,
  ) => Promise<Result<Response | Reply<unknown>, FailureV2>>
}

export type Gear = {
  readonly name: string
  /** Part of every app, whatever its plan says. */
  readonly always?: true
  /** The gear that it goes with: it is in every plan where that one is, and whichever version of that one runs, runs it. */
  readonly partOf?: string
  /** By full wire name: `record:query`. */
  readonly actions: Readonly<Record<string, Action>>
  readonly routes?: readonly Route[]
  readonly v2?: readonly RouteV2[]
  readonly recordHooks?: RecordHooks
  /** Judges `gear_config.<name>` of a tenant document and fills its defaults. */
  readonly section?: Section<v.GenericSchema>
}

/**
 * A gear's own part of the tenant document: its schema, and the one way to read it back typed. A valibot schema, since
 * the document is one: the gears' sections are parts of its tree, and unknown keys are found by walking it.
 */
export type Section<S extends v.GenericSchema> = {
  readonly schema: S
  readonly of: (tenant: Tenant) => v.InferOutput<S>
}

/** The document is parsed by this very schema before a tenant exists, hence the one cast. */
export const section = <S extends v.GenericSchema>(gear: string, schema: S): Section<S> => ({
  schema,
  of: (tenant) => tenant.sections[gear],
})

/** The one place where a body becomes an input, or a failure that names the field. */
export function action<In extends Schema, Out extends Schema>(spec: ActionSpec<In, Out>): Action {
  return {
    ...spec,
    async run(body, scope) {
      const judged = await spec.input['~standard'].validate(body)
      if (!judged.issues) return spec.run(judged.value, scope)
      const path = (judged.issues[0]?.path ?? []).map((step) => (typeof step === 'object' ? step.key : step))
      return err(refusal(body, path, judged.issues[0], spec.illTyped))
    },
  }
}

/** Missing: 108. Wrong JSON type: 107, or 108 where the action says so. Right type, refused value: 108. */
function refusal(
  body: unknown,
  path: readonly PropertyKey[],
  issue: { readonly message: string } | undefined,
  illTyped: 'InvalidArgument' | undefined,
): Failure {
  const field = String(path[0] ?? '')
  const given = path.reduce<unknown>((at, key) => (Object(at) as Record<PropertyKey, unknown>)[key], body)
  const missing = given === undefined || given === null
  const wrongType = issue !== undefined && 'kind' in issue && issue.kind === 'schema'
  if (missing) return invalid(`${path.map(String).join('.')} is required`, field)
  // valibot's messages quote what was given, which may be a password.
  const message = `${path.map(String).join('.')}: ${(issue?.message ?? 'is not valid').replace(/ but received .*$/s, '')}`
  return wrongType && !illTyped
    ? fail('BadRequest', message, { arguments: [field] })
    : invalid(message, field)
}

export const gear = (g: Gear): Gear => g
