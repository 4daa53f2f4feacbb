import { sql } from 'drizzle-orm'
import type { Caller } from '../core/caller.ts'
import { SCHEMA_BEHIND } from '../core/fault.ts'
import type { Guard, ModuleHead } from '../core/guard.ts'
import type { Check, Database, Provisioner, Row, SqlFault } from '../core/ports.ts'
import { err, ok, type Result } from '../core/result.ts'
import { prepare, withChecks } from '../core/sql.ts'
import type { Tenant } from '../core/tenant.ts'

export type GuardedOptions = {
  readonly tenant: Tenant
  readonly caller: Caller
  readonly database: Database
  readonly guard: Guard
  /** What the caller's standing asks for besides. */
  readonly standing?: readonly Check[]
  readonly modules: readonly ModuleHead[]
  /** Null: a schema that is missing stays missing. */
  readonly provisioner: Provisioner | null
}

/**
 * The database as an action gets it: every transaction begins with the guard. An app without a schema gets one, by
 * its first request; a schema that is behind is refused with the command that mends it. Neither costs a round trip
 * until Postgres complains.
 */
export function guarded(options: GuardedOptions): Database {
  const { tenant, caller, database, guard, standing = [], modules, provisioner } = options
  const alone = guard(tenant.schema, caller)
  const transact: Database['transact'] = async (
    statements,
    { checks = [], readOnly = false, tables } = {},
  ) => {
    const first = tables ? guard(tenant.schema, caller, tables) : alone
    const all = [first, ...standing, ...checks].filter(({ writes }) => !(writes && readOnly))
    const [only] = statements
    if (only?.column !== undefined && statements.length === 1)
      return database.transact([withChecks(all, { ...only, column: only.column })], { readOnly })
    const answer = await database.transact([withChecks(all), ...statements], { readOnly })
    return answer.ok ? ok(answer.value.slice(1)) : answer
  }
  return {
    async transact(statements, options) {
      const answer = await transact(statements, options)
      if (answer.ok || !MAY_LACK_MODULES.includes(answer.error.code)) return answer
      const state = await schemaState(database, tenant.schema, modules)
      if (!state.ok) return state
      // Another request made the schema, in one transaction, between the complaint and the look.
      if (state.value === 'complete' && answer.error.code === NO_SCHEMA) return transact(statements, options)
      if (state.value === 'complete' && answer.error.code !== SCHEMA_BEHIND) {
        // What a newer version brings is missed before a statement begins, and so before the guard in it says why.
        const judged = await database.transact([withChecks([alone])], { readOnly: true })
        return !judged.ok && judged.error.code === SCHEMA_BEHIND ? err(behind(tenant.schema)) : answer
      }
      if (state.value !== 'missing') return err(behind(tenant.schema))
      if (!provisioner) return err(missing(tenant.schema))
      const provisioned = await provisioner.provision(tenant)
      return provisioned.ok
        ? transact(statements, options)
        : err({ code: '08000', message: provisioned.error })
    },
  }
}

/** Too old, no schema, no table, no function: what Postgres says where modules are missing, and elsewhere too. */
const NO_SCHEMA = '3F000'
const MAY_LACK_MODULES = [SCHEMA_BEHIND, NO_SCHEMA, '42P01', '42883']

const behind = (schema: string): SqlFault => ({
  code: SCHEMA_BEHIND,
  message: `the schema ${schema} is behind this server: run npm run migrate -- up --schema ${schema}`,
})
const missing = (schema: string): SqlFault => ({
  code: SCHEMA_BEHIND,
  message: `the schema ${schema} does not exist: run npm run migrate -- up --schema ${schema}`,
})

/** There are guards of older Workers as well. */
const GUARD_ARGUMENTS = 5

const parts = prepare(sql`
  select n.oid is not null as exists,
    (select count(*)::int from pg_class c where c.relnamespace = n.oid
      and c.relname in (select jsonb_array_elements_text(${sql.placeholder('tables')}::jsonb)))
    + (select count(*)::int from pg_proc f where f.pronamespace = n.oid and f.proname = '_core_guard'
      and f.pronargs = ${sql.raw(String(GUARD_ARGUMENTS))}) as parts
  from (select) as one left join pg_namespace n on n.nspname = ${sql.placeholder('schema')}`)

/** Asked only after a complaint: is there all that the guard needs to judge the rest? */
async function schemaState(
  database: Database,
  schema: string,
  modules: readonly ModuleHead[],
): Promise<Result<'missing' | 'incomplete' | 'complete', SqlFault>> {
  const tables = ['_core_module', ...modules.map(({ name }) => `_${name}_version`)]
  const answer = await database.transact([parts('public', { tables: JSON.stringify(tables), schema })], {
    readOnly: true,
  })
  if (!answer.ok) return answer
  const state: Row = answer.value[0]?.[0] ?? {}
  if (state['exists'] !== true) return ok('missing')
  return ok(state['parts'] === tables.length + 1 ? 'complete' : 'incomplete')
}
