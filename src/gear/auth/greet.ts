import type { Scope } from '../../core/gear.ts'
import { mailTransport, sendMail, userView } from './message.ts'
import { sendCode } from './verification.ts'

/** What a new user is sent once they have their answer, as the app wants it: a welcome, and codes to verify with. */
export function greet(userId: string, email: unknown, scope: Scope): void {
  const { welcome, verification, displayName } = scope.tenant.messaging
  if (welcome.enabled && typeof email === 'string' && mailTransport(scope.tenant)) {
    const view = {
      appname: displayName,
      email,
      url_prefix: scope.baseUrl,
      user: userView(userId, { email }),
    }
    scope.afterwards(() => sendMail(welcome, email, 'welcome', view, scope))
  }
  if (verification.auto_send_on_signup)
    scope.afterwards(async (db) => {
      // A field that is empty has nothing to verify; what could not be sent has been reported.
      for (const key of verification.keys) await sendCode(userId, key, db, scope)
    })
}
