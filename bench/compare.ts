import { load, type Sample, type Target } from './load.ts'
import { median, spread } from './statistics.ts'

/** What one target did in one comparison: medians over the repetitions. */
export type Row = {
  readonly scenario: string
  readonly target: string
  readonly connections: number
  readonly rate?: number
  readonly requestsPerSecond: number
  readonly spread: number
  readonly p50: number
  readonly p99: number
  readonly unexpected: number
  readonly cpu: Sample['cpu']
}
export type Load = {
  readonly connections: number
  readonly seconds: number
  readonly repetitions: number
  /** Requests a second at most; none: as many as it takes. */
  readonly rate?: number
}

/**
 * A load lasts so many times its median answer at least, and this long at most: what is under way as it ends counts for
 * nothing, which with 128 slow requests at once would be most of two seconds.
 */
const ROUNDS_MIN = 8
export const SECONDS_MAX = 20

/** Loads the targets of one scenario in turn, again and again, so that a slow minute of the machine hits all alike. */
export async function compare(
  scenario: string,
  targets: readonly Target[],
  { connections, seconds, repetitions, rate }: Load,
): Promise<Row[]> {
  const samples = new Map<string, Sample[]>()
  const lasting = new Map<string, number>()
  for (let i = 0; i < repetitions; i++) {
    for (const target of targets) {
      const loaded = (lasts: number) =>
        load(target, { connections, seconds: lasts, ...(rate !== undefined && { rate }) })
      const known = lasting.get(target.name) ?? seconds
      let sample = await loaded(known)
      const enough = secondsFor(sample)
      if (i === 0 && enough > known) sample = await loaded(enough)
      lasting.set(target.name, Math.max(known, enough))
      samples.set(target.name, [...(samples.get(target.name) ?? []), sample])
    }
  }
  return targets.map(({ name }) => {
    const taken = samples.get(name) ?? []
    const speeds = taken.map(({ requestsPerSecond }) => requestsPerSecond)
    return {
      scenario,
      target: name,
      connections,
      ...(rate !== undefined && { rate }),
      requestsPerSecond: rounded(median(speeds)),
      spread: Number(spread(speeds).toFixed(2)),
      p50: median(taken.map(({ p50 }) => p50)),
      p99: median(taken.map(({ p99 }) => p99)),
      unexpected: taken.reduce((sum, { unexpected }) => sum + unexpected, 0),
      cpu: medians(taken.map(({ cpu }) => cpu)),
    }
  })
}

const secondsFor = ({ requestsPerSecond, p50 }: Sample): number =>
  requestsPerSecond === 0 ? SECONDS_MAX : Math.min(SECONDS_MAX, Math.ceil((ROUNDS_MIN * p50) / 1000))

/** Three digits are all that a median of three says. */
const rounded = (speed: number): number => (speed < 100 ? Number(speed.toPrecision(3)) : Math.round(speed))

function medians(taken: readonly Sample['cpu'][]): Sample['cpu'] {
  const parts = Object.keys(taken[0] ?? {})
  return Object.fromEntries(parts.map((part) => [part, median(taken.map((cpu) => cpu[part] ?? 0))]))
}

/** `server 700, database 900`. */
export const shownCpu = (cpu: Sample['cpu']): string =>
  Object.entries(cpu)
    .map(([part, us]) => `${part} ${us}`)
    .join(', ')
