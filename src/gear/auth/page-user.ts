import { sql } from 'drizzle-orm'
import type { Scope } from '../../core/gear.ts'
import type { Statement } from '../../core/ports.ts'
import { inTenant, prepare } from '../../core/sql.ts'
import { addresseeOf, userView, type Addressee } from './addressee.ts'
import type { View } from './message-template.ts'

/**
 * The `user` of a page (v2 reference, section 3.5), only for who has proved to be theirs by a code: v2 showed any user's
 * to whoever named their id. Nobody else's view has one, and none where the database is away. Asked for where the app
 * has a text of its own for the page: no bundled one names a user.
 */
type PageUser = { readonly user?: View }

/** Of the page that a link to set a password leads to; the code stays as it is. One round trip. */
export const userOfResetLink = (
  {
    user_id,
    code,
    expire_at,
  }: { readonly user_id: string; readonly code: string; readonly expire_at: number },
  scope: Scope,
): Promise<PageUser> =>
  read(ofResetLink(scope.tenant.schema, { user: user_id, code, expireAt: expire_at }), scope)

/** Of the page of somebody whose code has just been redeemed. One round trip. */
export const userOfId = (userId: string, scope: Scope): Promise<PageUser> =>
  read(ofId(scope.tenant.schema, { user: userId }), scope)

async function read(statement: Statement, { db }: Scope): Promise<PageUser> {
  const answer = await db.transact([statement])
  const found = (answer.ok ? (answer.value[0]?.[0]?.['found'] ?? null) : null) as Addressee | null
  return found ? { user: userView(found) } : {}
}

const user = sql`${sql.placeholder('user')}::text`
const ofId = prepare(sql`select ${addresseeOf(user)} as found`, 'found')
const ofResetLink = prepare(
  sql`select case when ${inTenant('_auth_find_reset')}(${user}, ${sql.placeholder('code')},
    ${sql.placeholder('expireAt')}::bigint) is not null then ${addresseeOf(user)} end as found`,
  'found',
)
