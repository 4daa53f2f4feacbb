/** What an app sends to its users, as its document has it (v2 reference, section 3): keys as they stand there. */

/** What stands above a mail's texts. */
export type Letter = {
  /** `user@example.com` or `"Name" <user@example.com>`. */
  readonly sender: string
  readonly reply_to?: string | undefined
  readonly subject: string
}
type Redirects = {
  readonly success_redirect?: string | undefined
  readonly error_redirect?: string | undefined
}

/** A field of the user record that its user can prove to hold. */
export type VerifiedKey = Letter &
  Redirects & {
    readonly key: string
    /** The type of the login id of that name: `email` is proved by mail, `phone` by a text message, others not. */
    readonly type: string
    readonly code_format: 'numeric' | 'complex'
    /** Seconds a code is worth something. */
    readonly expiry: number
  }

/** A text of the app's own in place of a bundled one (v2 reference, section 3.5). */
export type TemplateItem = {
  readonly type: string
  /** BCP 47; empty: any. */
  readonly language_tag: string
  /** Of the types that have one text for each verified field: whose. */
  readonly key: string
  readonly uri: string
}

export type Messaging = {
  readonly appName: string
  readonly displayName: string
  readonly forgotPassword: Letter &
    Redirects & {
      /** Seconds a link is worth something. */
      readonly reset_url_lifetime: number
      /** Whether an address that nobody has is answered as one that somebody has. */
      readonly secure_match: boolean
    }
  readonly welcome: Letter & { readonly enabled: boolean; readonly destination: 'first' | 'all' }
  /** Fields of the user record that are mail addresses, in the app's order. */
  readonly emailKeys: readonly string[]
  readonly verification: {
    readonly auto_send_on_signup: boolean
    readonly criteria: 'any' | 'all'
    readonly keys: readonly VerifiedKey[]
  }
  readonly smtp: {
    readonly host?: string | undefined
    readonly port: number
    readonly mode: 'normal' | 'ssl'
    readonly login?: string | undefined
    readonly password?: string | undefined
  }
  readonly twilio: {
    readonly account_sid?: string | undefined
    readonly auth_token?: string | undefined
    readonly from?: string | undefined
  }
  readonly nexmo: {
    readonly api_key?: string | undefined
    readonly api_secret?: string | undefined
    readonly from?: string | undefined
  }
  readonly templates: readonly TemplateItem[]
}
