/**
 * npm run bench [-- requests --seconds 5 --repetitions 3 --only text]
 *
 * Every server runs on this machine, beside the load and the database; what counts are the ratios within one run.
 * Repetitions are interleaved, so that a slow minute of the machine hits all alike.
 */
import { parseArgs } from 'node:util'
import { load, type Sample, type Target } from './load.ts'
import { record } from './record.ts'
import { median, spread } from './statistics.ts'
import { startSystems } from './systems.ts'

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    repetitions: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
  },
})
const seconds = Math.min(60, Number(flags.seconds))
const repetitions = Math.min(9, Number(flags.repetitions))
const CONNECTIONS = [1, 16, 128] as const

type Row = {
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

const systems = await startSystems()
const rows: Row[] = []
try {
  for (const [scenario, { targets, connections = CONNECTIONS }] of Object.entries(systems.scenarios)) {
    if (!scenario.includes(flags.only)) continue
    for (const target of targets) await load(target, { connections: 8, seconds: 2 })
    for (const count of connections) rows.push(...(await compare(scenario, targets, count)))
    // A rate that all of them can hold: latency without a queue.
    const slowest = Math.min(
      ...rows
        .filter((row) => row.scenario === scenario && row.connections === 16)
        .map((row) => row.requestsPerSecond),
    )
    if (Number.isFinite(slowest))
      rows.push(...(await compare(scenario, targets, 16, Math.floor(slowest / 2))))
  }
} finally {
  await systems.stop()
}
record(`requests${flags.only && `-${flags.only.replace(/\W+/g, '-')}`}`, {
  seconds,
  repetitions,
  results: rows,
})

async function compare(
  scenario: string,
  targets: readonly Target[],
  connections: number,
  rate?: number,
): Promise<Row[]> {
  const samples = new Map<string, Sample[]>()
  for (let i = 0; i < repetitions; i++) {
    for (const target of targets) {
      const sample = await load(target, { connections, seconds, ...(rate !== undefined && { rate }) })
      samples.set(target.name, [...(samples.get(target.name) ?? []), sample])
    }
  }
  const best = targets.map(({ name }) => {
    const taken = samples.get(name) ?? []
    const speeds = taken.map(({ requestsPerSecond }) => requestsPerSecond)
    return {
      scenario,
      target: name,
      connections,
      ...(rate !== undefined && { rate }),
      requestsPerSecond: Math.round(median(speeds)),
      spread: Number(spread(speeds).toFixed(2)),
      p50: median(taken.map(({ p50 }) => p50)),
      p99: median(taken.map(({ p99 }) => p99)),
      unexpected: taken.reduce((sum, { unexpected }) => sum + unexpected, 0),
      cpu: medians(taken.map(({ cpu }) => cpu)),
    }
  })
  console.table(best.map(({ cpu, ...row }) => ({ ...row, 'µs of cpu': shown(cpu) })))
  return best
}

function medians(taken: readonly Sample['cpu'][]): Sample['cpu'] {
  const parts = Object.keys(taken[0] ?? {})
  return Object.fromEntries(parts.map((part) => [part, median(taken.map((cpu) => cpu[part] ?? 0))]))
}

function shown(cpu: Sample['cpu']): string {
  const parts = Object.entries(cpu).map(([part, us]) => `${part} ${us}`)
  return parts.join(', ')
}
