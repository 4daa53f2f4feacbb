import { sql, type SQL } from 'drizzle-orm'
import * as v from 'valibot'
import { authTables } from '../../../drizzle/auth.ts'
import { AnyObject } from '../../core/json-object.ts'
import { LOGIN_ID_CHARS_MAX, PROVIDER_BYTES_MAX } from '../../core/limits.ts'
import { isStorable, utf8Bytes } from '../../core/record/name.ts'
import { isStorableJson } from '../../core/record/value.ts'
import { inTenant, prepare, tenantTables } from '../../core/sql.ts'

/**
 * Accounts at OAuth providers (v1 protocol, section 4.12). An app's own server has asked the provider whose account it
 * is, and vouches for that with the master key: nothing here goes to a provider.
 */

/** A name that is found by: of a provider, of one of its accounts, of a user. */
export const Name = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(LOGIN_ID_CHARS_MAX),
  v.check(isStorable, 'is not valid text'),
)
export const Provider = v.pipe(
  Name,
  v.check((name) => utf8Bytes(name) <= PROVIDER_BYTES_MAX, `is longer than ${PROVIDER_BYTES_MAX} bytes`),
)
const Kept = v.nullish(
  v.pipe(
    AnyObject,
    v.check((said) => isStorableJson(said), 'holds text that is not valid Unicode, or a number out of range'),
  ),
  null,
)

/** An account as it is given; `token_response` and `provider_profile` are kept as the provider said them. */
export const Account = v.object({
  provider: Provider,
  principal_id: Name,
  token_response: Kept,
  provider_profile: Kept,
})
type Given = v.InferOutput<typeof Account>

/** The values of the placeholders of a statement about an account. */
export const accountValues = ({ provider, principal_id, token_response, provider_profile }: Given) => ({
  provider,
  principal: principal_id,
  tokens: token_response && JSON.stringify(token_response),
  profile: provider_profile && JSON.stringify(provider_profile),
})

export type AccountValues = ReturnType<typeof accountValues>

/** What the audit trail tells of one: which it is, and nothing of what the provider said. */
export const accountData = ({ provider, principal_id }: Given) => ({
  by: 'oauth',
  provider,
  principal_id,
})

const { identity, oauth } = tenantTables(authTables)

/** The account: v1's have no keys beside the provider's name. */
const account = sql`${oauth} as o join ${identity} as i on i.id = o.identity_id
  where o.provider_type = ${sql.placeholder('provider')} and o.provider_keys = '{}'
    and o.provider_user_id = ${sql.placeholder('principal')}`

/** The user whose account it is, and the identity that it is. */
export const linkedUser = sql`(select i.user_id from ${account})`
export const linkedIdentity = sql`(select i.id from ${account})`

/** Makes the account the user's; refuses as v1 does (SG108, SG110). */
export const link = prepare(sql`
  select ${inTenant('_auth_link_oauth')}(${sql.placeholder('user')}, ${sql.placeholder('provider')},
    ${sql.placeholder('principal')}, ${sql.placeholder('tokens')}::jsonb, ${sql.placeholder('profile')}::jsonb)`)

/** Undoes the transaction where `_done`, the last part of these, which returns what it did, did nothing. */
export const orRefuse = (done: SQL, code: 'SG105' | 'SG110', message: string): SQL => sql`
  with ${done} select ${inTenant('_core_refuse')}(${code}, ${message}) where not exists (select from _done)`
