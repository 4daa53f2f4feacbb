/**
 * npm run bench -- auth [--quick --seconds 4 --repetitions 3 --connections 1,16,64]
 *
 * Users: our Worker beside parse-server, on one Postgres; what a hash and a token cost; and how long others wait while
 * many log in, by where the hashes are made. `--quick` looks only whether all of it works, and records nothing.
 */
import { parseArgs } from 'node:util'
import { bundle } from '../local/workerd.ts'
import { hashCosts, tokenCosts } from './auth-costs.ts'
import { compareLogouts } from './auth-logout.ts'
import { authScenarios } from './auth-scenarios.ts'
import { loginStorms } from './auth-storm.ts'
import { compare, shownCpu, type Row } from './compare.ts'
import { load } from './load.ts'
import { startParse } from './parse-server.ts'
import { record } from './record.ts'
import { analyze, startSkygear } from './skygear.ts'

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    repetitions: { type: 'string' },
    connections: { type: 'string' },
  },
})
const seconds = Math.min(60, Number(flags.seconds ?? (flags.quick ? 1 : 4)))
const repetitions = Math.min(9, Number(flags.repetitions ?? (flags.quick ? 1 : 3)))
const connections = (flags.connections ?? (flags.quick ? '4' : '1,16,64'))
  .split(',')
  .map((each) => Math.min(256, Number(each)))

const skygear = await startSkygear()
const parse = await startParse(skygear.postgres.url)
const rows: Row[] = []
try {
  const worker = bundle('wrangler.toml', 'bench/peers/hashing/worker.ts')
  const scenarios = await authScenarios(skygear, parse)
  for (const url of [skygear.postgres.url, parse.databaseUrl]) await analyze(url)
  for (const [name, targets] of Object.entries(scenarios)) {
    for (const target of targets) await load(target, { connections: 2, seconds: 1 })
    for (const count of connections) {
      const compared = await compare(name, targets, { connections: count, seconds, repetitions })
      show(compared)
    }
  }
  for (const count of connections)
    show(await compareLogouts(scenarios['a guest’s signup'], count, repetitions))
  const measuring = await skygear.start('1', { bundled: worker })
  const parts = { ...(await hashCosts(skygear, measuring)), ...(await tokenCosts(measuring)) }
  console.table(parts)
  const storms = await loginStorms(skygear, worker, seconds, repetitions)
  console.table(storms)
  if (!flags.quick) record('auth', { seconds, repetitions, results: rows, parts, storms })
} finally {
  await parse.stop()
  await skygear.stop()
}

function show(compared: readonly Row[]): void {
  rows.push(...compared)
  console.table(compared.map(({ cpu, ...row }) => ({ ...row, 'µs of cpu': shownCpu(cpu) })))
}
