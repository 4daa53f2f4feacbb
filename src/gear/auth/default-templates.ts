/** The texts that an app has until it brings its own, by v2's types (v2 reference, section 3.5). Mustache. */

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 24rem; margin: 15vh auto 0; padding: 0 1rem }
  h1 { font-size: 1.4rem }
  label { display: block; margin: 1rem 0 }
  input, button { font: inherit; box-sizing: border-box; width: 100%; padding: .5rem .6rem; border: 1px solid #999; border-radius: 4px }
  button { background: #1a56b0; border-color: #1a56b0; color: #fff; cursor: pointer }
  [role=alert] { color: #a1160f }
</style>
<h1>${title}</h1>
${body}
</html>
`

const letter = (body: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<body style="font: 16px/1.5 system-ui, sans-serif; color: #222">
${body}
</body>
</html>
`

export const DEFAULT_TEMPLATES = {
  'forgot_password_email.txt': `Hello,

somebody, hopefully you, asked for a new password for {{appname}}. To set one, open this page:

{{link}}

If it was not you, there is nothing to do: your password stays as it is.
`,
  'forgot_password_email.html': letter(`<p>Hello,</p>
<p>somebody, hopefully you, asked for a new password for {{appname}}.</p>
<p><a href="{{link}}">Set a new password</a></p>
<p>If it was not you, there is nothing to do: your password stays as it is.</p>`),
  'forgot_password_reset.html': page(
    'New password',
    `{{#error}}<p role="alert">{{error.message}}</p>{{/error}}
<form method="post" action="{{action_url}}">
  <input type="hidden" name="code" value="{{code}}">
  <input type="hidden" name="user_id" value="{{user_id}}">
  <input type="hidden" name="expire_at" value="{{expire_at}}">
  <label>New password <input type="password" name="password" autocomplete="new-password" required autofocus></label>
  <label>The same again <input type="password" name="confirm" autocomplete="new-password" required></label>
  <button>Set password</button>
</form>`,
  ),
  'forgot_password_success.html': page('Password set', '<p>You can log in with your new password now.</p>'),
  'forgot_password_error.html': page(
    'This link does not work',
    '<p role="alert">{{error.message}}</p>\n<p>Links are good for a while, and once. Ask for another.</p>',
  ),
  'welcome_email.txt': `Hello,

welcome to {{appname}}! Your account has been made for {{email}}.
`,
  'welcome_email.html': letter(`<p>Hello,</p>
<p>welcome to {{appname}}! Your account has been made for {{email}}.</p>`),
  'user_verification_sms.txt': '{{code}} is your code for {{appname}}.',
  'user_verification_email.txt': `Hello,

to confirm that {{login_id}} is yours, open this page:

{{link}}

or enter this code in {{appname}}: {{code}}

If you do not have an account there, there is nothing to do.
`,
  'user_verification_email.html': letter(`<p>Hello,</p>
<p>to confirm that {{login_id}} is yours, <a href="{{link}}">open this page</a>, or enter this code in {{appname}}:</p>
<p style="font-size: 1.5rem"><b>{{code}}</b></p>
<p>If you do not have an account there, there is nothing to do.</p>`),
  'user_verification_success.html': page('Confirmed', '<p>Thank you. You can close this page.</p>'),
  'user_verification_error.html': page(
    'This link does not work',
    '<p role="alert">{{error.message}}</p>\n<p>Codes are good for a while, and once. Ask for another.</p>',
  ),
} as const

export type TemplateType = keyof typeof DEFAULT_TEMPLATES
