import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { authTables } from '../../../drizzle/auth.ts'
import { invalid, type Failure } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { action, type Scope } from '../../core/gear.ts'
import { LOGIN_ID_CHARS_MAX } from '../../core/limits.ts'
import { foldLoginId, loginIdFault } from '../../core/login-id.ts'
import type { Database } from '../../core/ports.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { prepare, tenantTables } from '../../core/sql.ts'
import { codeValues, issued, newCode } from './code.ts'
import { addresseeOf, userView, type Addressee } from './addressee.ts'
import { limited } from './limits.ts'
import { linkTo, mailTransport, NO_MAIL, sendMail } from './message.ts'

/** Where a link leads to by which a password is set. */
export const RESET_PATH = '/reset-password'

const NOBODY: Failure = invalid('nobody has this address', 'email')

/**
 * Known or not, the answer is the same and comes before anybody has looked: neither bytes nor time tell who has an
 * account. But an app may want to tell: its `forgot_password.secure_match` is false then.
 */
export const forgotPassword = action({
  summary: 'Sends a link to set a new password to a user’s email address. No round trip before the answer.',
  access: 'key',
  input: schema(v.object({ args: v.object({ email: v.string() }) })),
  output: schema(v.object({ status: v.literal('OK') })),
  async run({ args }, scope) {
    if (!mailTransport(scope.tenant)) return err(NO_MAIL)
    // The one bound of what a user is sent: by the address that is asked for, whether somebody has it or not.
    const allowed = await limited(
      scope,
      'recovery',
      foldLoginId('email', args.email).slice(0, LOGIN_ID_CHARS_MAX),
    )
    if (!allowed.ok) return allowed
    const done = ok({ result: { status: 'OK' as const } })
    if (scope.tenant.messaging.forgotPassword.secure_match) {
      scope.afterwards(async (db) => {
        const link = await makeLink(args.email, db, scope)
        if (!link.ok) return scope.report(`forgot password: ${link.error.name}`)
        if (link.value) await sendLink(link.value, scope)
      })
      return done
    }
    const link = await makeLink(args.email, scope.db, scope)
    if (!link.ok) return link
    const made = link.value
    if (!made) return err(NOBODY)
    scope.afterwards(() => sendLink(made, scope))
    return done
  },
})

type Link = {
  readonly email: string
  readonly addressee: Addressee
  readonly code: string
  readonly expireAt: number
}

/** Null where nobody has the address. */
async function makeLink(email: string, db: Database, scope: Scope): Promise<Result<Link | null, Failure>> {
  if (loginIdFault(email) !== null) return ok(null)
  const { tenant } = scope
  const code = newCode('link', scope)
  const values = codeValues(code, tenant.messaging.forgotPassword.reset_url_lifetime, scope)
  const folded = foldLoginId('email', email)
  const answer = await db.transact([begin(tenant.schema, { ...values, folded })])
  if (!answer.ok) return err(failureOf(answer.error))
  const begun = (answer.value[0]?.[0]?.['begun'] ?? null) as Pick<Link, 'email' | 'addressee'> | null
  return ok(begun && { ...begun, code, expireAt: values.expireAt })
}

async function sendLink({ email, addressee, code, expireAt }: Link, scope: Scope): Promise<void> {
  const { messaging } = scope.tenant
  const query = { code, user_id: addressee.id, expire_at: String(expireAt) }
  await sendMail(
    messaging.forgotPassword,
    email,
    'forgot_password',
    {
      ...query,
      appname: messaging.displayName,
      email,
      url_prefix: scope.baseUrl,
      link: linkTo(RESET_PATH, query, scope),
      user: userView(addressee),
    },
    scope,
  )
}

const { identity, loginId } = tenantTables(authTables)

/** The user and the address as it is theirs; null where nobody has it. */
const begin = prepare(
  sql`select (select json_build_object('email', l.login_id, 'addressee', ${addresseeOf(sql`i.user_id`)})
    from ${loginId} as l join ${identity} as i on i.id = l.identity_id
    where l.login_id_key = 'email' and l.unique_key = ${sql.placeholder('folded')}
      and ${issued(sql`i.user_id`, 'reset', sql`'email'`, sql`l.unique_key`)}) as begun`,
  'begun',
)
