import * as v from 'valibot'
import { fail, failureBody, type Failure } from '../../core/failure.ts'
import type { Route, Scope } from '../../core/gear.ts'
import { ok } from '../../core/result.ts'
import { RESET_PATH } from './forgot-password.ts'
import type { TemplateType } from './default-templates.ts'
import { hasOwnText, textOf } from './message.ts'
import { userOfResetLink } from './page-user.ts'
import { page, parametersOf, redirectTo } from './page.ts'
import { resetBy, ResetLink } from './reset-by-code.ts'

const Link = v.object(ResetLink)
const Passwords = v.object({ password: v.pipe(v.string(), v.minLength(1)), confirm: v.string() })

const RESET_PAGE: TemplateType = 'forgot_password_reset.html'
const SUCCESS_PAGE: TemplateType = 'forgot_password_success.html'

const NO_LINK = fail('InvalidArgument', 'the link is not complete')
const NOT_THE_SAME = fail('InvalidArgument', 'the two passwords are not the same')

/** The page that a link to set a password leads to (v1 protocol, section 4.13), and what its form is answered with. */
const resetForm = (method: 'GET' | 'POST'): Route => ({
  method,
  path: RESET_PATH,
  access: 'anyone',
  async open(request, scope) {
    const given = await parametersOf(request)
    const link = v.safeParse(Link, given)
    if (!given || !link.success) return ok(await notALink(scope))
    const { success_redirect, error_redirect } = scope.tenant.messaging.forgotPassword
    const query = { ...link.output, expire_at: String(link.output.expire_at) }
    const pages = [RESET_PAGE, ...(method === 'POST' ? [SUCCESS_PAGE] : [])]
    const view = {
      ...query,
      // Before the code is used up.
      ...(pages.some((each) => hasOwnText(each, scope)) && (await userOfResetLink(link.output, scope))),
      action_url: RESET_PATH,
      url_prefix: scope.baseUrl,
    }
    const shown = async (error?: Failure) =>
      page(await textOf(RESET_PAGE, { ...view, ...(error && { error: failureView(error) }) }, scope), false, [
        success_redirect,
        error_redirect,
      ])
    if (method === 'GET') return ok(await shown())

    const refused = (failure: Failure) =>
      error_redirect === undefined
        ? shown(failure)
        : redirectTo(error_redirect, { ...query, error: failure.message })
    const passwords = v.safeParse(Passwords, given)
    if (!passwords.success) return ok(await refused(fail('InvalidArgument', 'a password is required')))
    const { password, confirm } = passwords.output
    if (password !== confirm) return ok(await refused(NOT_THE_SAME))
    const reset = await resetBy({ ...link.output, new_password: password }, scope)
    if (!reset.ok) return ok(await refused(reset.error))
    return ok(
      success_redirect === undefined
        ? page(await textOf(SUCCESS_PAGE, view, scope))
        : redirectTo(success_redirect, query),
    )
  },
})

async function notALink(scope: Scope): Promise<Response> {
  const { error_redirect } = scope.tenant.messaging.forgotPassword
  return error_redirect === undefined
    ? page(await textOf('forgot_password_error.html', { error: failureView(NO_LINK) }, scope), true)
    : redirectTo(error_redirect, { error: NO_LINK.message })
}

/** A failure as templates name it. */
export function failureView(failure: Failure) {
  const { name, code, message } = failureBody(failure)
  return { name, code, message }
}

export const resetForms: readonly Route[] = [resetForm('GET'), resetForm('POST')]
