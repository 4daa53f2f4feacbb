import { invalid } from '../../core/failure.ts'
import type { Route } from '../../core/gear.ts'
import { ok, err } from '../../core/result.ts'
import { hasOwnText, textOf } from './message.ts'
import { userOfId } from './page-user.ts'
import { page, parametersOf, redirectTo } from './page.ts'
import { failureView } from './reset-form.ts'
import { VERIFY_PATH } from './verification.ts'
import { verifyBy } from './verify-code.ts'

const SUCCESS_PAGE = 'user_verification_success.html'
const NO_LINK = invalid('the link is not complete')

/** The page that a verification link leads to: opening it verifies (v1 protocol, section 4.13). */
const verifyForm = (method: 'GET' | 'POST'): Route => ({
  method,
  path: VERIFY_PATH,
  access: 'anyone',
  async open(request, scope) {
    const { code, auth_id } = (await parametersOf(request)) ?? {}
    const { keys } = scope.tenant.messaging.verification
    const verified = code && auth_id ? await verifyBy(auth_id, code, scope) : err(NO_LINK)
    const key = keys.find((each) => verified.ok && each.key === verified.value)
    const view = { code, user_id: auth_id }
    if (verified.ok && key?.success_redirect !== undefined)
      return ok(redirectTo(key.success_redirect, { code: code ?? '' }))
    if (verified.ok) {
      const names = hasOwnText(SUCCESS_PAGE, scope, key?.key) && (await userOfId(auth_id ?? '', scope))
      return ok(page(await textOf(SUCCESS_PAGE, { ...view, ...names }, scope, key?.key)))
    }
    // Which field it was is not known then: the first redirect of all counts.
    const error_redirect = keys.find((each) => each.error_redirect !== undefined)?.error_redirect
    if (error_redirect !== undefined)
      return ok(redirectTo(error_redirect, { code: code ?? '', error: verified.error.message }))
    const html = await textOf(
      'user_verification_error.html',
      { ...view, error: failureView(verified.error) },
      scope,
    )
    return ok(page(html, true))
  },
})

export const verifyForms: readonly Route[] = [verifyForm('GET'), verifyForm('POST')]
