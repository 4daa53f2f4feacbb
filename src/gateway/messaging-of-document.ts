import type { Messaging } from '../core/messaging.ts'
import type { TenantDocument } from './document/schema.ts'

/** What an app sends to its users, out of its document. */
export function messagingOf({ app_name, app_config, template_items }: TenantDocument): Messaging {
  const { display_app_name, forgot_password, welcome_email, user_verification, auth } = app_config
  const typeOf = new Map(auth.login_id_keys.map(({ key, type }) => [key, type]))
  return {
    appName: app_name,
    displayName: display_app_name,
    forgotPassword: forgot_password,
    welcome: welcome_email,
    // v1 knows an email whatever the document calls it.
    emailKeys: [
      ...new Set([
        ...auth.login_id_keys.flatMap(({ key, type }) => (type === 'email' ? [key] : [])),
        'email',
      ]),
    ],
    verification: {
      auto_send_on_signup: user_verification.auto_send_on_signup,
      criteria: user_verification.criteria,
      keys: user_verification.login_id_keys.map((key) => ({
        ...key,
        type: typeOf.get(key.key) ?? 'raw',
        error_redirect: key.error_redirect ?? user_verification.error_redirect,
      })),
    },
    smtp: app_config.smtp,
    twilio: app_config.twilio,
    nexmo: app_config.nexmo,
    templates: template_items ?? [],
  }
}
