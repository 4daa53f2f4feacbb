import { ANALYTICS_INDEX_BYTES_MAX, METRICS_SERIES_MAX } from './limits.ts'
import type { RequestLog } from './request-log.ts'

/** What the operator counts requests by. */
export type Labels = { readonly app: string; readonly action: string; readonly status: number }
/** One series: how many requests, how long they took together (ms), how often they went to the database. */
export type Counts = { readonly requests: number; readonly ms: number; readonly trips: number }
export type Series = Labels & Counts

/** Counters that only rise. What an isolate has counted is drained to whoever adds up all isolates. */
export type Counters = {
  readonly count: (entry: RequestLog) => void
  readonly add: (series: readonly Series[]) => void
  readonly read: () => readonly Series[]
  /** Everything counted since the last drain. */
  readonly drain: () => readonly Series[]
}

/** Bounded: beyond `METRICS_SERIES_MAX` series, new ones are counted as the app `other`. */
export function counters(): Counters {
  const kept = new Map<string, Series>()
  const add = (one: Series): void => {
    const key = `${one.app}\n${one.action}\n${one.status}`
    const before = kept.get(key)
    if (!before && kept.size >= METRICS_SERIES_MAX && one.app !== OTHER) return add({ ...one, app: OTHER })
    kept.set(key, {
      ...one,
      requests: one.requests + (before?.requests ?? 0),
      ms: one.ms + (before?.ms ?? 0),
      trips: one.trips + (before?.trips ?? 0),
    })
  }
  return {
    count: ({ app, action, status, ms, trips }) =>
      add({ app: app ?? NO_APP, action: action ?? NO_ACTION, status, requests: 1, ms, trips }),
    add: (series) => {
      for (const one of series) add(one)
    },
    read: () => [...kept.values()],
    drain: () => {
      const drained = [...kept.values()]
      kept.clear()
      return drained
    },
  }
}

const OTHER = 'other'
/** Hosts and names that nobody has: a stranger must not make series by asking for them. */
const NO_APP = 'none'
const NO_ACTION = 'none'

const FAMILIES = [
  ['skygear_requests_total', 'Requests answered.', 'requests'],
  ['skygear_request_milliseconds_total', 'Time they took together.', 'ms'],
  ['skygear_database_trips_total', 'Round trips to a database.', 'trips'],
] as const

/** The text format of Prometheus, version 0.0.4. */
export function prometheusText(series: readonly Series[]): string {
  const lines = FAMILIES.flatMap(([name, help, field]) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} counter`,
    ...series.map(
      (one) =>
        `${name}{app="${label(one.app)}",action="${label(one.action)}",status="${one.status}"} ${one[field]}`,
    ),
  ])
  return `${lines.join('\n')}\n`
}

const label = (text: string): string => text.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))

/** A request as Workers Analytics Engine takes it: sampled by app; action, error and host as blobs; counts as doubles. */
export const dataPointOf = ({ app, action, status, error, host, ms, trips }: RequestLog) => ({
  indexes: [indexOf(app ?? NO_APP)],
  blobs: [action ?? NO_ACTION, error ?? '', host],
  doubles: [status, ms, trips],
})

/** Analytics Engine refuses a data point whose index is longer. A unit of UTF-16 takes 3 bytes of UTF-8 at most. */
const indexOf = (app: string): string =>
  app.length * 3 <= ANALYTICS_INDEX_BYTES_MAX || utf8Bytes(app) <= ANALYTICS_INDEX_BYTES_MAX
    ? app
    : app.slice(0, ANALYTICS_INDEX_BYTES_MAX / 3)
const utf8Bytes = (text: string): number => new TextEncoder().encode(text).length
