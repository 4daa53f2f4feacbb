/** Groups of an IPv6 address that name a network; the others are one customer's to choose (RFC 6177, RFC 8981). */
const NETWORK_GROUPS = 4
const GROUPS = 8

/**
 * Whose address it is, as far as addresses tell: an IPv4 address, an IPv6 address's /64. null: not an address. One that
 * maps IPv4 into IPv6 counts as the IPv4 address it is.
 */
export function networkOf(address: string): string | null {
  if (IPV4.test(address)) return address
  const groups = groupsOf(address)
  if (!groups) return null
  const mapped = /^0:0:0:0:0:ffff:([\da-f]+):([\da-f]+)$/.exec(groups.join(':'))
  if (mapped) return [mapped[1], mapped[2]].flatMap((group = '') => bytesOf(parseInt(group, 16))).join('.')
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`
}

const IPV4 = /^(\d{1,3}\.){3}\d{1,3}$/
const IPV6 = /^[\da-f:.]+$/i
const bytesOf = (group: number) => [group >> 8, group & 0xff]

/** Without leading zeros, in lower case, all eight: the URL standard's parser writes each address in one way only. */
function groupsOf(address: string): readonly string[] | null {
  if (!IPV6.test(address) || !URL.canParse(`http://[${address}]`)) return null
  const [left = '', right] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const [head, tail] = [left, right ?? ''].map((part) => (part === '' ? [] : part.split(':')))
  if (!head || !tail) return null
  const zeros = Array.from({ length: GROUPS - head.length - tail.length }, () => '0')
  return [...head, ...zeros, ...tail]
}
