import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { recordTables } from '../../../drizzle/record.ts'
import { coreTables } from '../../../drizzle/core.ts'
import { fail, invalid, type Failure } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { action, type Scope } from '../../core/gear.ts'
import type { VerifiedKey } from '../../core/messaging.ts'
import type { Database } from '../../core/ports.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { inTenant, prepare, tenantTables } from '../../core/sql.ts'
import { codeValues, issued, newCode } from './code.ts'
import { linkTo, sendMail, sendText, userView } from './message.ts'

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

type Issued = {
  readonly value: string | null
  readonly issued: boolean | null
  readonly profile: Readonly<Record<string, unknown>> | null
}

/** Sends the user a code for what the field holds now. One round trip. */
export async function sendCode(
  userId: string,
  key: VerifiedKey,
  db: Database,
  scope: Scope,
): Promise<Result<void, Failure>> {
  const { schema: schemaName, messaging } = scope.tenant
  const code = newCode(key.code_format, scope)
  const values = { ...codeValues(code, key.expiry, scope), user: userId, key: key.key }
  const { criteria, keys } = messaging.verification
  const names = JSON.stringify(keys.map((each) => each.key))
  const answer = await db.transact([
    prepareFields(schemaName, { criteria, names }),
    issue(schemaName, values),
  ])
  if (!answer.ok) return err(failureOf(answer.error))
  const found = (answer.value[1]?.[0]?.['found'] ?? null) as Issued | null
  if (!found) return err(fail('ResourceNotFound', 'user not found'))
  if (found.value === null || found.value === '')
    return err(invalid(`${key.key} is empty: there is nothing to verify`, 'record_key'))
  if (found.issued !== true) return err(invalid('too many codes were sent, wait a while', 'record_key'))
  return sendCodeOf({ id: userId, profile: found.profile }, key, found.value, code, scope)
}

/** Sends a code to an address, by the way that its field is verified. */
export function sendCodeOf(
  holder: { readonly id: string; readonly profile: Issued['profile'] },
  key: VerifiedKey,
  address: string,
  code: string,
  scope: Scope,
): Promise<Result<void, Failure>> {
  const view = {
    appname: scope.tenant.messaging.appName,
    login_id_key: key.key,
    login_id: address,
    user: userView(holder.id, holder.profile),
    user_id: holder.id,
    code,
    link: linkTo(VERIFY_PATH, { code, auth_id: holder.id }, scope),
  }
  return key.type === 'phone'
    ? sendText(address, 'user_verification_sms.txt', view, scope, key.key)
    : sendMail(key, address, 'user_verification', view, scope, key.key)
}

const { user } = tenantTables(coreTables)
const { profile } = tenantTables(recordTables)
const field = sql`to_jsonb(_profile) ->> ${sql.placeholder('key')}`

const prepareFields = prepare(sql`
  select ${inTenant('_auth_prepare_verification')}(${sql.placeholder('criteria')},
    array(select jsonb_array_elements_text(${sql.placeholder('names')}::jsonb)))`)

const issue = prepare(sql`
  select json_build_object('value', ${field}, 'profile', row_to_json(_profile), 'issued',
    case when ${field} <> '' then ${issued(sql`u.id`, 'verify', sql`${sql.placeholder('key')}::text`, field)} end) as found
  from ${user} as u left join ${profile} as _profile on _profile._id = u.id and _profile._database_id = ''
  where u.id = ${sql.placeholder('user')}`)
