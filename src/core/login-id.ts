/** The login ids that a user record carries as fields; others are an app's own (v1 protocol, section 4.2). */
export const STANDARD_LOGIN_ID_KEYS = ['username', 'email'] as const

/**
 * The form by which a login id is looked up and unique: usernames and emails ignore case and compatibility forms
 * (v1's citext, v2's NFKC and case folding); an app's own keys are taken as they are.
 */
export const foldLoginId = (key: string, value: string): string =>
  key === 'username' || key === 'email' ? value.normalize('NFKC').toLowerCase() : value
