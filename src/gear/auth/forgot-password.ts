import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { authTables } from '../../../drizzle/auth.ts'
import { recordTables } from '../../../drizzle/record.ts'
import { failureOf } from '../../core/fault.ts'
import { action, type Scope } from '../../core/gear.ts'
import { LOGIN_ID_CHARS_MAX } from '../../core/limits.ts'
import { foldLoginId, loginIdFault } from '../../core/login-id.ts'
import type { Database } from '../../core/ports.ts'
import { err, ok } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { prepare, tenantTables } from '../../core/sql.ts'
import { codeValues, issued, newCode } from './code.ts'
import { limited } from './limits.ts'
import { linkTo, mailTransport, NO_MAIL, sendMail, userView } from './message.ts'

/** Where a link leads to by which a password is set. */
export const RESET_PATH = '/reset-password'

/**
 * Known or not, the answer is the same and comes before anybody has looked: neither bytes nor time tell who has an
 * account. Skygear's FORGOT_PASSWORD_SECURE_MATCH, which told, has no successor.
 */
export const forgotPassword = action({
  summary: 'Sends a link to set a new password to a user’s email address. No round trip before the answer.',
  access: 'key',
  input: schema(v.object({ args: v.object({ email: v.string() }) })),
  output: schema(v.object({ status: v.literal('OK') })),
  async run({ args }, scope) {
    if (!mailTransport(scope.tenant)) return err(NO_MAIL)
    const allowed = await limited(
      scope,
      'recovery',
      foldLoginId('email', args.email).slice(0, LOGIN_ID_CHARS_MAX),
    )
    if (!allowed.ok) return allowed
    scope.afterwards((db) => sendLink(args.email, db, scope))
    return ok({ result: { status: 'OK' as const } })
  },
})

type Begun = {
  readonly id: string
  readonly email: string
  readonly profile: Readonly<Record<string, unknown>> | null
}

async function sendLink(email: string, db: Database, scope: Scope): Promise<void> {
  if (loginIdFault(email) !== null) return
  const { tenant } = scope
  const { forgotPassword: letter } = tenant.messaging
  const code = newCode('link', scope)
  const values = codeValues(code, letter.reset_url_lifetime, scope)
  const folded = foldLoginId('email', email)
  const answer = await db.transact([begin(tenant.schema, { ...values, folded })])
  if (!answer.ok) return scope.report(`forgot password: ${failureOf(answer.error).name}`)
  const begun = (answer.value[0]?.[0]?.['begun'] ?? null) as Begun | null
  if (!begun) return
  const query = { code, user_id: begun.id, expire_at: String(values.expireAt) }
  await sendMail(
    letter,
    begun.email,
    'forgot_password',
    {
      ...query,
      appname: tenant.messaging.displayName,
      email: begun.email,
      url_prefix: scope.baseUrl,
      link: linkTo(RESET_PATH, query, scope),
      user: userView(begun.id, begun.profile),
    },
    scope,
  )
}

const { identity, loginId } = tenantTables(authTables)
const { profile } = tenantTables(recordTables)

/** The user and the address as it is theirs; null where nobody has it, or its holder has been sent enough. */
const begin = prepare(
  sql`select (select json_build_object('id', i.user_id, 'email', l.login_id, 'profile',
      (select row_to_json(_profile) from ${profile} as _profile
        where _profile._id = i.user_id and _profile._database_id = ''))
    from ${loginId} as l join ${identity} as i on i.id = l.identity_id
    where l.login_id_key = 'email' and l.unique_key = ${sql.placeholder('folded')}
      and ${issued(sql`i.user_id`, 'reset', sql`'email'`, sql`l.unique_key`)}) as begun`,
  'begun',
)
