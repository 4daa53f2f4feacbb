import type { Caller } from '../core/caller.ts'
import type { Scope } from '../core/gear.ts'
import type { Guard, ModuleHead } from '../core/guard.ts'
import { originOf } from '../core/origin.ts'
import type { Check, Database } from '../core/ports.ts'
import { standingChecks, verificationChecks } from '../core/standing.ts'
import type { Tenant } from '../core/tenant.ts'
import type { Ports, Trace } from './app.ts'
import { baseUrlOf } from './base-url.ts'
import { guarded } from './database.ts'
import { languagesOf } from './languages.ts'

/** A caller, and as whom the guard judges them: a session that is the action's own to judge is none to the guard. */
export type Callers = {
  readonly caller: Caller
  readonly judged: Caller
  /** Their password may have expired. */
  readonly mayBeExpired?: boolean
  /** They have to be verified, where the app wants its users to be. */
  readonly isGated?: boolean
}

/** Makes what an action may touch; the round trips that it waits for are counted in its trace. */
export const scopes =
  (ports: Ports, guard: Guard, modules: readonly ModuleHead[], recordHooks: Scope['recordHooks']) =>
  (
    tenant: Tenant,
    { caller, judged, mayBeExpired = false, isGated = false }: Callers,
    later: Scope['later'],
    trace: Trace,
  ): Scope => {
    const database = ports.databaseOf(tenant)
    const counted: Database = {
      async transact(statements, options) {
        trace.trips++
        const asked = ports.clock()
        const answer = await database.transact(statements, options)
        trace.timing.add('sql', ports.clock() - asked)
        if (!answer.ok) trace.fault = answer.error
        return answer
      },
    }
    const guardedFor = (who: Caller, by: Database, standing: readonly Check[]) =>
      guarded({
        tenant,
        caller: who,
        database: by,
        guard,
        standing,
        modules,
        provisioner: ports.provisioner,
      })
    return {
      tenant,
      caller,
      // Few actions ask.
      get origin() {
        return originOf(trace.headers, trace.requestId)
      },
      db: guardedFor(judged, counted, [
        ...standingChecks(tenant, judged, mayBeExpired),
        ...(isGated ? verificationChecks(tenant, judged) : []),
      ]),
      tokens: ports.tokens,
      passwords: ports.passwords,
      limiter: ports.limiter,
      strength: ports.strength,
      webhooks: ports.webhooks,
      hubs: ports.hubs,
      files: ports.files,
      directUploads: ports.directUploads,
      images: ports.images,
      digests: ports.digests,
      mailer: ports.mailer,
      textMessages: ports.textMessages,
      templates: ports.templates,
      recordHooks,
      randomText: ports.randomText,
      get baseUrl() {
        return baseUrlOf(trace.hostHeader)
      },
      get languages() {
        return languagesOf(trace.headers.get('accept-language'))
      },
      now: ports.now(),
      newId: ports.newId,
      report: (what) => ports.report(trace.requestId, what),
      later,
      afterwards: (work) =>
        trace.afterwards.push(() => work(guardedFor({ ...caller, user: null }, database, []))),
    }
  }
