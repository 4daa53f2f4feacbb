import { utf8Bytes } from '../core/record/name.ts'
import { err, ok, type Result } from '../core/result.ts'

/** A mailbox: `name` as people see it, `address` as SMTP has it, whose domain is in ASCII; its local part need not be. */
export type Mailbox = { readonly name: string | null; readonly address: string }

/** RFC 5321, section 4.5.3.1: octets of a local part, and of a path less its angle brackets. */
const LOCAL_MAX = 64
const ADDRESS_MAX = 254

const NAMED = /^"((?:[^"\\\p{Cc}]|\\["\\])*)" <([^<>]*)>$/u
/**
 * RFC 5322's dot-atom, with letters and signs of all scripts (RFC 6532, section 3.2) but no space and nothing that cannot
 * be seen. Quoted local parts are nobody's address and everybody's trick.
 */
const LOCAL =
  /^(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|[^\p{ASCII}\p{C}\p{Z}])+(?:\.(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|[^\p{ASCII}\p{C}\p{Z}])+)*$/u
const DOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/

/**
 * `user@example.com` or `"Name" <user@example.com>`, the domain in its ASCII form. Anything that is not exactly one
 * address is refused, line ends and further recipients above all.
 */
export function parseMailbox(text: string): Result<Mailbox, string> {
  const named = NAMED.exec(text)
  const address = named?.[2] ?? text
  const at = address.lastIndexOf('@')
  // RFC 6532, section 3.1: one of several ways to write the same.
  const local = address.slice(0, Math.max(0, at)).normalize('NFC')
  const domain = asciiDomain(address.slice(at + 1))
  if (utf8Bytes(local) > LOCAL_MAX || !LOCAL.test(local) || domain === null) return err('not a mail address')
  const whole = `${local}@${domain}`
  if (utf8Bytes(whole) > ADDRESS_MAX) return err('not a mail address')
  return ok({ name: named?.[1]?.replaceAll(/\\(.)/g, '$1') || null, address: whole })
}

function asciiDomain(domain: string): string | null {
  // A URL's host is a domain in ASCII, once nothing in it can end the host.
  if (!/^[\p{L}\p{N}\p{M}.-]+$/u.test(domain) || !URL.canParse(`http://${domain}`)) return null
  const host = new URL(`http://${domain}`).hostname
  return DOMAIN.test(host) ? host : null
}
