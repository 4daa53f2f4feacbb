/**
 * npm run bench [-- requests --seconds 5 --repetitions 3 --only text]
 *
 * Every server runs on this machine, beside the load and the database; what counts are the ratios within one run.
 * Repetitions are interleaved, so that a slow minute of the machine hits all alike.
 */
import { parseArgs } from 'node:util'
import { compare, shownCpu, type Row } from './compare.ts'
import { load, type Target } from './load.ts'
import { record } from './record.ts'
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
/** Where hashes wait for one another fewer are answered in time than this. */
const RATE_MIN = 2

const systems = await startSystems()
const rows: Row[] = []
try {
  for (const [scenario, { targets }] of Object.entries(systems.scenarios)) {
    if (!scenario.includes(flags.only)) continue
    for (const target of targets) await load(target, { connections: 8, seconds: 2 })
    for (const count of CONNECTIONS) rows.push(...(await compared(scenario, targets, count)))
    // A rate that all of them can hold: latency without a queue.
    const slowest = Math.min(
      ...rows
        .filter((row) => row.scenario === scenario && row.connections === 16)
        .map((row) => row.requestsPerSecond),
    )
    rows.push(...(await compared(scenario, targets, 16, Math.max(RATE_MIN, Math.floor(slowest / 2)))))
  }
} finally {
  await systems.stop()
}
record(`requests${flags.only && `-${flags.only.replace(/\W+/g, '-')}`}`, {
  seconds,
  repetitions,
  results: rows,
})

async function compared(
  scenario: string,
  targets: readonly Target[],
  connections: number,
  rate?: number,
): Promise<readonly Row[]> {
  const taken = await compare(scenario, targets, {
    connections,
    seconds,
    repetitions,
    ...(rate !== undefined && { rate }),
  })
  console.table(taken.map(({ cpu, ...row }) => ({ ...row, 'µs of cpu': shownCpu(cpu) })))
  return taken
}
