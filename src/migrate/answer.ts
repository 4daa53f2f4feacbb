import type { Result } from '../core/result.ts'
import { err, ok } from '../core/result.ts'
import { readVersion } from './book.ts'
import { lineOf } from './fault.ts'
import type { Module } from './module.ts'
import { readRequest, type MigrationRequest, type Refusal } from './request.ts'
import { force, migrate, type MigrationFault } from './run.ts'
import type { Session } from './session.ts'

export type Answer = {
  readonly status: number
  readonly body: { readonly result: string } | { readonly error: string }
}
/** Where a request is to work. */
export type Place = { readonly databaseUrl: string; readonly schema: string }

export type AnswerPorts = {
  readonly modules: readonly Module[]
  /** What the names of a request stand for. */
  readonly placeOf: (database: string | null, schema: string | null) => Promise<Result<Place, Refusal>>
  /** Gives `use` a session, or says in a line why there is none. */
  readonly withSession: <T>(
    databaseUrl: string,
    use: (session: Session) => Promise<T>,
  ) => Promise<Result<T, string>>
}

/** v2 answered 400 to all of them (v2 reference, section 3.6). */
const STATUS = { bad: 400, unknown: 404, dirty: 409, changed: 409, plan: 409, failed: 500 } as const
type Fault = { readonly reason: keyof typeof STATUS; readonly error: string }

/** Answers `POST /migrate`: the same on the command line's server and on the Worker. Never throws. */
export async function answerRequest(body: unknown, ports: AnswerPorts): Promise<Answer> {
  const outcome = await answer(body, ports)
  return outcome.ok
    ? { status: 200, body: { result: outcome.value } }
    : { status: STATUS[outcome.error.reason], body: { error: outcome.error.error } }
}

async function answer(
  body: unknown,
  { modules, placeOf, withSession }: AnswerPorts,
): Promise<Result<string, Fault>> {
  const request = readRequest(body, modules)
  if (!request.ok) return request
  const place = await placeOf(request.value.database, request.value.schema)
  if (!place.ok) return place
  const { databaseUrl, schema } = place.value
  const outcome = await withSession(databaseUrl, (session) => work(session, schema, request.value))
  return outcome.ok ? outcome.value : err({ reason: 'failed', error: outcome.error })
}

async function work(
  session: Session,
  schema: string,
  { modules, command, dryRun }: MigrationRequest,
): Promise<Result<string, Fault>> {
  const [module] = modules
  if (!module) return err({ reason: 'bad', error: 'missing module' })
  switch (command.name) {
    case 'version': {
      const version = await readVersion(session, schema, module.name)
      return version === null ? err({ reason: 'bad', error: 'no migration' }) : ok(String(version))
    }
    case 'force': {
      const forced = await force(session, schema, module, command.version, { dryRun })
      return forced.ok ? ok('ok') : err(faultOf(forced.error))
    }
    default: {
      const { name: direction, steps } = command
      const options = { direction, dryRun, ...(steps !== null && { steps }) }
      const moved = await migrate(session, schema, modules, options)
      if (!moved.ok) return err(faultOf(moved.error))
      return ok(moved.value.some(({ files }) => files.length > 0) ? 'ok' : 'no change')
    }
  }
}

const faultOf = (fault: MigrationFault): Fault => ({ reason: fault.reason, error: lineOf(fault) })
