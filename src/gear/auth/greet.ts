import type { Scope } from '../../core/gear.ts'
import { foldLoginId } from '../../core/login-id.ts'
import { newAddressee, userView, type Addressee } from './addressee.ts'
import { mailTransport, sendMail } from './message.ts'
import { sendCode } from './verification.ts'

/** What a new user is sent once they have their answer, as the app wants it: a welcome, and codes to verify with. */
export function greet(userId: string, profile: Addressee['profile'], scope: Scope): void {
  const { tenant } = scope
  const { welcome, verification, displayName } = tenant.messaging
  if (welcome.enabled && mailTransport(tenant)) {
    const user = userView(newAddressee(userId, profile, scope.now))
    const emails = emailsOf(profile ?? {}, scope)
    scope.afterwards(async () => {
      for (const email of welcome.destination === 'all' ? emails : emails.slice(0, 1)) {
        const view = { appname: displayName, email, url_prefix: scope.baseUrl, user }
        await sendMail(welcome, email, 'welcome', view, scope)
      }
    })
  }
  // Who must be verified is sent codes at once, as by v1's plugin.
  if (verification.auto_send_on_signup || tenant.verificationRequired)
    scope.afterwards(async (db) => {
      // A field that is empty has nothing to verify; what could not be sent has been reported.
      for (const key of verification.keys) await sendCode(userId, key, db, scope)
    })
}

/** The addresses among the user's login ids, in the app's order. */
function emailsOf(profile: Readonly<Record<string, unknown>>, { tenant }: Scope): readonly string[] {
  const loginIds = ['email', ...tenant.userKeys.flat()]
  const emails = tenant.messaging.emailKeys.flatMap((key) => {
    const value = loginIds.includes(key) ? profile[key] : null
    return typeof value === 'string' && value !== '' ? [value] : []
  })
  const folded = emails.map((email) => foldLoginId('email', email))
  return emails.filter((_, i) => folded.indexOf(folded[i] ?? '') === i)
}
