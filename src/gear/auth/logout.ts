import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { coreTables } from '../../../drizzle/core.ts'
import { fail } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { action } from '../../core/gear.ts'
import { err, ok } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { prepare, tenantTables } from '../../core/sql.ts'
import { auditing, noting } from './audit.ts'

const { session } = tenantTables(coreTables)
const endSession = prepare(sql`
  with _ended as (
    delete from ${session} where id = ${sql.placeholder('session')} and user_id = ${sql.placeholder('user')} returning id
  )
  select ${noting} from _ended`)

export const logout = action({
  summary: 'Ends the session of the access token. It is refused everywhere from now on.',
  // A disabled user may log out: the guard would refuse.
  access: 'session',
  input: schema(v.object({})),
  output: schema(v.object({ status: v.literal('OK') })),
  async run(_, scope) {
    const { tenant, caller, db } = scope
    const sessionId = caller.user?.sessionId
    if (sessionId) {
      const audit = auditing(scope, 'logout', caller.user.id)
      const ended = await db.transact([
        endSession(tenant.schema, { session: sessionId, user: caller.user.id, ...audit.values }),
      ])
      if (!ended.ok) return err(failureOf(ended.error))
      if (ended.value[0]?.length === 0)
        return err(fail('AccessTokenNotAccepted', 'access token not accepted'))
      return audit.settle(ok({ result: { status: 'OK' as const } }))
    }
    return ok({ result: { status: 'OK' as const } })
  },
})
