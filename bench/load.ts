import autocannon from 'autocannon'

/** One kind of request to one server. */
export type Target = {
  readonly name: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Further headers, made anew for each request. */
  readonly headersOf?: () => Readonly<Record<string, string>>
  /** Instead of the URL's own path, made anew for each request. */
  readonly pathOf?: () => string
  /** Made anew for each request where it must differ. */
  readonly body: () => unknown
  /** Processor time so far of each part that works for this target, in milliseconds. */
  readonly costs?: Readonly<Record<string, () => number>>
  /** What the answer must be; anything else fails the run. */
  readonly status: number
  /** Waited for after each load: ends what is still under way and takes back what was left, for the next one's sake. */
  readonly after?: () => Promise<void>
}
export type Sample = {
  /** Of those that were answered as they must be. */
  readonly requestsPerSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly unexpected: number
  /** Microseconds of processor time a request, by part. */
  readonly cpu: Readonly<Record<string, number>>
}

/**
 * Loads a target for some seconds, on loopback only. `rate`: requests per second at most, for latencies that a queue
 * of our own making does not blur; none: as many as it takes. `requests`: so many instead.
 */
export async function load(
  target: Target,
  {
    connections,
    rate,
    ...until
  }: { connections: number; rate?: number } & ({ seconds: number } | { requests: number }),
): Promise<Sample> {
  if (new URL(target.url).hostname !== '127.0.0.1') throw new Error('only loopback is ever loaded')
  let unexpected = 0
  const parts = Object.entries(target.costs ?? {})
  const before = parts.map(([, read]) => read())
  const run = autocannon({
    url: target.url,
    connections,
    ...('seconds' in until ? { duration: until.seconds } : { amount: until.requests }),
    ...(rate !== undefined && { overallRate: rate }),
    requests: [
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...target.headers },
        setupRequest: (request) => ({
          ...request,
          ...(target.headersOf && { headers: { ...request.headers, ...target.headersOf() } }),
          ...(target.pathOf && { path: target.pathOf() }),
          body: JSON.stringify(target.body()),
        }),
        onResponse: (status: number) => {
          if (status !== target.status) unexpected++
        },
      },
    ],
  })
  const result = await run
  const cpu = Object.fromEntries(
    parts.map(([part, read], i) => {
      const spent = read() - (before[i] ?? 0)
      return [part, Math.round((spent * 1000) / Math.max(1, result.requests.total))]
    }),
  )
  await target.after?.()
  // An average of whole seconds says little of a load that ends within some.
  const answered = 'seconds' in until ? result.requests.average : result.requests.total / result.duration
  return {
    requestsPerSecond: answered * (1 - unexpected / Math.max(1, result.requests.total)),
    p50: result.latency.p50,
    p99: result.latency.p99,
    unexpected: unexpected + result.errors,
    cpu,
  }
}
