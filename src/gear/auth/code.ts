import { sql, type SQL } from 'drizzle-orm'
import type { Scope } from '../../core/gear.ts'
import { CODES_KEPT_MAX } from '../../core/limits.ts'
import { inTenant } from '../../core/sql.ts'
import { timestampOf } from './account.ts'

/** Codes that are followed in a link: 32 characters of 5 bits each, 160 bits. */
const LINK_LENGTH = 32
/** Crockford's base 32 (v2 reference, section 3.2): none looks like another. */
const COMPLEX = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const COMPLEX_LENGTH = 8
const NUMERIC = '0123456789'
const NUMERIC_LENGTH = 6

export type CodeFormat = 'link' | 'numeric' | 'complex'

export const newCode = (format: CodeFormat, { randomText }: Scope): string =>
  format === 'numeric'
    ? randomText(NUMERIC, NUMERIC_LENGTH)
    : randomText(COMPLEX, format === 'link' ? LINK_LENGTH : COMPLEX_LENGTH)

/** What was typed as it was sent: case, dashes and look-alikes do not count. */
export const readCode = (typed: string): string =>
  typed.replaceAll('-', '').toUpperCase().replaceAll(/[IL]/g, '1').replaceAll('O', '0')

/** A code that ends so many seconds from now, on a whole second, as links say it. */
export function codeValues(code: string, lifetimeSeconds: number, scope: Scope) {
  const expireAt = Math.floor(scope.now.getTime() / 1000) + lifetimeSeconds
  return { newId: scope.newId(), code, expireAt, expires: timestampOf(new Date(expireAt * 1000)) }
}

/** Keeps a code, by the values above: true. */
export const issued = (user: SQL, purpose: 'reset' | 'verify', key: SQL, target: SQL): SQL =>
  sql`${inTenant('_auth_issue_code')}(${user}, ${sql.placeholder('newId')}, ${sql.raw(`'${purpose}'`)}, ${key}, ${target},
    ${sql.placeholder('code')}, ${sql.placeholder('expires')}::timestamp, ${sql.raw(String(CODES_KEPT_MAX))})`
