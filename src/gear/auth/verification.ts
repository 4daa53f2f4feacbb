import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { coreTables } from '../../../drizzle/core.ts'
import { recordTables } from '../../../drizzle/record.ts'
import { fail, invalid, type Failure } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { action, type Scope } from '../../core/gear.ts'
import type { VerifiedKey } from '../../core/messaging.ts'
import type { Database } from '../../core/ports.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { prepare, tenantTables } from '../../core/sql.ts'
import { codeValues, issued, newCode } from './code.ts'
import { addresseeOf, userView, type Addressee } from './addressee.ts'
import { limited } from './limits.ts'
import { linkTo, sendMail, sendText } from './message.ts'
import { prepareVerification } from './verified-fields.ts'

/** Where a link leads to that verifies. */
export const VERIFY_PATH = '/user/verify-code/form'

export const requestVerification = action({
  summary:
    'Sends the user who calls a code, by which a field of their record is verified. Waits for the provider.',
  access: 'user',
  input: schema(v.object({ args: v.object({ record_key: v.string() }) })),
  output: schema(v.null()),
  async run({ args }, scope) {
    const { user } = scope.caller
    if (!user) return err(fail('NotAuthenticated', 'login required'))
    const key = scope.tenant.messaging.verification.keys.find((each) => each.key === args.record_key)
    if (!key) return err(invalid('record_key is no field that this app verifies', 'record_key'))
    const sent = await sendCode(user.id, key, scope.db, scope)
    return sent.ok ? ok({ result: null }) : sent
  },
})

type Found = { readonly addressee: Addressee; readonly value: string | null }

/**
 * Sends the user a code for what the field holds now, unless they were sent enough of them. One round trip.
 * `meant`: what alone it is to be sent for; where the field holds something else by now, nothing is sent and all is well.
 */
export async function sendCode(
  userId: string,
  key: VerifiedKey,
  db: Database,
  scope: Scope,
  meant: string | null = null,
): Promise<Result<void, Failure>> {
  const attempt = await limited(scope, 'verification', userId)
  if (!attempt.ok) return attempt
  const code = newCode(key.code_format, scope)
  const values = { ...codeValues(code, key.expiry, scope), user: userId, key: key.key, meant }
  const answer = await db.transact([prepareVerification(scope), issue(scope.tenant.schema, values)])
  const found = answer.ok
    ? addressIn(answer.value[1]?.[0]?.['found'] as Found | null, key)
    : err(failureOf(answer.error))
  const isMeant = found.ok && (meant === null || meant === found.value.address)
  if (isMeant) return sendCodeOf(found.value.addressee, key, found.value.address, code, scope)
  // Nothing was sent.
  attempt.value.forgiven()
  return found.ok ? ok(undefined) : found
}

function addressIn(found: Found | null, { key }: VerifiedKey) {
  if (!found) return err(fail('ResourceNotFound', 'user not found'))
  const { addressee, value } = found
  return value === null || value === ''
    ? err(invalid(`${key} is empty: there is nothing to verify`, 'record_key'))
    : ok({ addressee, address: value })
}

/** Sends a code to an address, by the way that its field is verified. */
export function sendCodeOf(
  addressee: Addressee,
  key: VerifiedKey,
  address: string,
  code: string,
  scope: Scope,
): Promise<Result<void, Failure>> {
  const view = {
    appname: scope.tenant.messaging.appName,
    login_id_key: key.key,
    login_id: address,
    user: userView(addressee),
    user_id: addressee.id,
    code,
    link: linkTo(VERIFY_PATH, { code, auth_id: addressee.id }, scope),
  }
  return key.type === 'phone'
    ? sendText(address, 'user_verification_sms.txt', view, scope, key.key)
    : sendMail(key, address, 'user_verification', view, scope, key.key)
}

const { user } = tenantTables(coreTables)
const { profile } = tenantTables(recordTables)
const field = sql`(select to_jsonb(_profile) ->> ${sql.placeholder('key')} from ${profile} as _profile
  where _profile._id = u.id and _profile._database_id = '')`

const issue = prepare(sql`
  select json_build_object('addressee', ${addresseeOf(sql`u.id`)}, 'value', ${field}, 'issued',
    case when ${field} <> '' and ${field} = coalesce(${sql.placeholder('meant')}, ${field})
      then ${issued(sql`u.id`, 'verify', sql`${sql.placeholder('key')}::text`, field)} end) as found
  from ${user} as u where u.id = ${sql.placeholder('user')}`)
