import dns, { type LookupAddress, type LookupOptions } from 'node:dns'

/**
 * `*.localhost` is this machine (RFC 6761, section 6.3), but not every resolver knows it. Everything in the suite that
 * opens a connection (fetch, the SDK, WebSockets) asks `dns.lookup`, so that is where it is told.
 */
type Callback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void

const ask = dns.lookup as (host: string, options: LookupOptions, callback: Callback) => void

function lookup(host: string, given: LookupOptions | number | Callback, last?: Callback): void {
  const callback = typeof given === 'function' ? given : last
  if (!callback) throw new TypeError('lookup takes a callback')
  const options =
    typeof given === 'object' ? given : { family: typeof given === 'number' ? given : 0, all: false }
  if (!/(^|\.)localhost$/i.test(host)) return ask(host, options, callback)
  const found = { address: '127.0.0.1', family: 4 }
  process.nextTick(() =>
    options.all ? callback(null, [found]) : callback(null, found.address, found.family),
  )
}

dns.lookup = lookup as typeof dns.lookup
