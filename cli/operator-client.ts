import { request } from 'node:http'
import * as v from 'valibot'

/** The local operator's host. It is no tenant, and Node does not resolve it on every machine. */
export const OPERATOR_HOST = 'operator.localhost'
/** Well beyond the slowest answer: a listing that reads every document. */
const ANSWER_MS_MAX = 30_000

/** What the operator's host keeps of tenants; see src/gateway/operator.ts. */
export type Operator = {
  readonly list: (filter?: { readonly plan?: string; readonly gear?: string }) => Promise<readonly HostRow[]>
  /** The masked document or alias of a host; null if it has none. */
  readonly show: (host: string) => Promise<unknown>
  /** A new app and its keys, told this once. */
  readonly create: (app: {
    readonly name: string
    readonly host: string
    readonly production: boolean
  }) => Promise<Created>
  /**
   * Stores a document or alias and gives the warnings. `onlyNew`: refused where the host is taken. `isForeign`: its names
   * are of another cluster.
   */
  readonly put: (
    host: string,
    value: object,
    options?: { readonly onlyNew?: boolean; readonly isForeign?: boolean },
  ) => Promise<readonly string[]>
  /** `set` by key path or JSON pointer; with `dry_run`, nothing is stored. */
  readonly edit: (
    host: string,
    edits: { readonly set?: object; readonly unset?: readonly string[]; readonly dry_run?: boolean },
  ) => Promise<Written>
  readonly rotateKeys: (
    host: string,
    rotation: { readonly kind: string; readonly client?: string; readonly drop_old?: boolean },
  ) => Promise<Written & { readonly fresh: Readonly<Record<string, string>> }>
  readonly suspend: (host: string) => Promise<Written>
  readonly resume: (host: string) => Promise<Written>
  readonly reseal: (host: string) => Promise<{ readonly host: string; readonly resealed: boolean }>
  readonly alias: (
    host: string,
    alias: string,
    assignment: string,
  ) => Promise<{ readonly host: string; readonly alias_of: string; readonly assignment: string }>
  readonly remove: (
    host: string,
  ) => Promise<{ readonly deleted: readonly string[]; readonly stays: readonly string[] }>
  /** `gears` null: all. */
  readonly plan: (name: string) => Promise<PlanRow>
  readonly setPlan: (
    name: string,
    gears: readonly string[] | null,
  ) => Promise<PlanRow & Pick<Written, 'changes'>>
}

const HostRow = v.object({
  host: v.string(),
  app_id: v.optional(v.string()),
  plan: v.optional(v.string()),
  gears: v.optional(v.record(v.string(), v.string())),
  suspended: v.optional(v.literal(true)),
  alias_of: v.optional(v.string()),
})
export type HostRow = v.InferOutput<typeof HostRow>

const Created = v.object({
  app: v.string(),
  host: v.string(),
  api_key: v.string(),
  master_key: v.string(),
})
type Created = v.InferOutput<typeof Created>
const Changes = v.array(
  v.object({ path: v.string(), before: v.optional(v.unknown()), after: v.optional(v.unknown()) }),
)
const Written = v.object({ host: v.string(), changes: Changes, warnings: v.array(v.string()) })
export type Written = v.InferOutput<typeof Written>
const Rotated = v.object({ ...Written.entries, fresh: v.record(v.string(), v.string()) })
const Aliased = v.object({ host: v.string(), alias_of: v.string(), assignment: v.string() })
const Removed = v.object({ deleted: v.array(v.string()), stays: v.array(v.string()) })
const Resealed = v.object({ host: v.string(), resealed: v.boolean() })
const PlanRow = v.object({ name: v.string(), gears: v.nullable(v.array(v.string())) })
export type PlanRow = v.InferOutput<typeof PlanRow>

/** What the operator's host answered instead of a result; `failure` is the name in Skygear's catalogue. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
  readonly failure: string
  constructor(failure: string, message: string) {
    super(message)
    this.failure = failure
  }
}

type Question = {
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}
export type Send = (question: Question) => Promise<{ readonly status: number; readonly text: string }>

/** The operator behind any way of sending it a request. */
export function operatorBy(send: Send): Operator {
  const ask = async <S extends v.GenericSchema>(
    answer: S,
    method: Question['method'],
    path: string,
    body?: object,
  ): Promise<v.InferOutput<S>> => {
    const json = body && { headers: JSON_TYPE, body: JSON.stringify(body) }
    return v.parse(answer, await resultOf(send({ method, path, ...json })))
  }
  return {
    list(filter = {}) {
      const query = new URLSearchParams(filter).toString()
      return ask(v.array(HostRow), 'GET', `/tenants${query && `?${query}`}`)
    },
    create: (app) => ask(Created, 'POST', '/tenants', app),
    edit: (host, edits) => ask(Written, 'PATCH', pathOf(host), edits),
    rotateKeys: (host, rotation) => ask(Rotated, 'POST', `${pathOf(host)}/rotate-keys`, rotation),
    suspend: (host) => ask(Written, 'POST', `${pathOf(host)}/suspend`),
    resume: (host) => ask(Written, 'POST', `${pathOf(host)}/resume`),
    reseal: (host) => ask(Resealed, 'POST', `${pathOf(host)}/reseal`),
    alias: (host, alias, assignment) =>
      ask(Aliased, 'PUT', `${pathOf(host)}/aliases/${encodeURIComponent(alias)}`, { assignment }),
    remove: (host) => ask(Removed, 'DELETE', pathOf(host)),
    plan: (name) => ask(PlanRow, 'GET', `/plans/${encodeURIComponent(name)}`),
    setPlan: (name, gears) =>
      ask(v.object({ ...PlanRow.entries, changes: Changes }), 'PUT', `/plans/${encodeURIComponent(name)}`, {
        gears,
      }),
    async show(host) {
      try {
        const result = await resultOf(send({ method: 'GET', path: pathOf(host) }))
        return v.parse(v.object({ document: v.unknown() }), result).document
      } catch (cause) {
        if (cause instanceof OperatorError && cause.failure === 'ResourceNotFound') return null
        throw cause
      }
    },
    async put(host, value, options) {
      const result = await resultOf(
        send({
          method: 'PUT',
          path: `${pathOf(host)}${options?.isForeign ? '?foreign=true' : ''}`,
          headers: { ...JSON_TYPE, ...(options?.onlyNew && { 'if-none-match': '*' }) },
          body: JSON.stringify(value),
        }),
      )
      return v.parse(v.object({ warnings: v.array(v.string()) }), result).warnings
    },
  }
}

/** Sends to a Worker on this machine: by address, with the operator's host in the header, which fetch forbids. */
export function sendToPort(port: number, key: string): Send {
  return ({ method, path, headers, body }) =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: '127.0.0.1',
          port,
          method,
          path,
          // Kept alive, a connection would keep this process alive too.
          agent: false,
          headers: { ...headers, host: `${OPERATOR_HOST}:${port}`, authorization: `Bearer ${key}` },
          signal: AbortSignal.timeout(ANSWER_MS_MAX),
        },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
          )
        },
      )
      outgoing.on('error', reject)
      outgoing.end(body)
    })
}

const JSON_TYPE = { 'content-type': 'application/json' }
const pathOf = (host: string): string => `/tenants/${encodeURIComponent(host)}`

const Answer = v.union([
  v.object({ result: v.unknown() }),
  v.object({ error: v.object({ name: v.string(), message: v.string() }) }),
])

async function resultOf(sent: ReturnType<Send>): Promise<unknown> {
  const { status, text } = await sent
  const answer = v.safeParse(v.pipe(v.string(), v.parseJson(), Answer), text)
  if (!answer.success)
    throw new OperatorError('UnexpectedError', `the operator host answered ${status}: ${text}`)
  if ('error' in answer.output) throw new OperatorError(answer.output.error.name, answer.output.error.message)
  return answer.output.result
}
