import type { Module } from '../../src/migrate/module.ts'
import { CONTROLLER } from '../../src/migrate/order.ts'
import { UsageError, wholeNumber } from '../command-line.ts'
import { connect } from '../database.ts'
import { appsInConfigDatabase, appsInRegistry, type FoundApp } from './all/apps.ts'
import { filterFrom, type Filter } from './all/filter.ts'
import { progressOn } from './all/progress.ts'
import { withRegistry } from './all/registry.ts'
import { judgeReport, leftOf, readReport, writeReport } from './all/report-file.ts'
import { failedApps, lostRows, rowLines } from './all/rows.ts'
import { runAll } from './all/run.ts'
import { isHostname, targetsOf } from './all/targets.ts'
import { STEPS_MAX, type Answer } from './commands.ts'
import { modulesFrom } from './modules.ts'

/** What was asked on the command line beside `--all`. */
export type AllRequest = {
  readonly command: string
  readonly names: readonly string[]
  readonly number: string | undefined
  readonly source: string | undefined
  readonly dryRun: boolean
  readonly filters: readonly string[]
  readonly configDatabase: string | undefined
  readonly host: string | undefined
  readonly concurrency: string | undefined
  readonly continues: boolean
  readonly report: string | undefined
  readonly remote: boolean
  readonly data: string
  readonly clusterDatabase: string | null
}

const CONCURRENCY = { default: '4', max: 64 } as const

/** `up`, `down` and `status` of every app. `failed`: how many apps did not get there. */
export async function all(request: AllRequest): Promise<Answer & { readonly failed: number }> {
  const { host, continues, report, dryRun } = request
  const command = (['status', 'up', 'down'] as const).find((name) => name === request.command)
  if (!command) throw new UsageError(`--all is for status, up and down, not ${request.command}`)
  if (request.names.includes(CONTROLLER)) throw new UsageError(`${CONTROLLER} is no module of an app`)
  if (host !== undefined && !isHostname(host)) throw new UsageError(`"${host}" is no hostname`)
  if (continues && (report === undefined || command !== 'up'))
    throw new UsageError('--continue is for up, and needs the --report of the run before')
  if (report !== undefined) judgeReport(report)
  const steps = stepsOf(command, request.number)
  const concurrency = wholeNumber(
    '--concurrency',
    request.concurrency ?? CONCURRENCY.default,
    1,
    CONCURRENCY.max,
  )
  const filter = await filterOf(request.filters)
  const modules = await modulesFrom(request.names, request.source)

  const { targets, lost } = targetsOf(await findApps(request, filter, concurrency), host)
  const before = continues && report !== undefined ? readReport(report) : []
  const { left, done } = leftOf(targets, before, modules)
  const progress = progressOn(process.stderr)
  const task = { command, modules, steps, dryRun, concurrency, progress }
  const rows = [
    ...lost.flatMap((each) => lostRows(each, namesOf(modules))),
    ...(await runAll(left, task)),
    ...done,
  ]
  if (report !== undefined) writeReport(report, command, rows)
  return { json: rows, text: rowLines(rows), failed: failedApps(rows) }
}

const namesOf = (modules: readonly Module[]) => modules.map(({ name }) => name)

function stepsOf(command: 'status' | 'up' | 'down', number: string | undefined): number | undefined {
  if (command === 'status' && number !== undefined) throw new UsageError(`unexpected "${number}"`)
  if (number !== undefined) return wholeNumber('N', number, 1, STEPS_MAX)
  return command === 'down' ? 1 : undefined
}

async function filterOf(given: readonly string[]): Promise<Filter> {
  if (given.length === 0) return () => true
  const { gears } = await import('../../src/gears.ts')
  return filterFrom(
    given,
    gears.map(({ name }) => name).filter((name) => !name.startsWith('_')),
  )
}

async function findApps(
  { configDatabase, remote, data, clusterDatabase }: AllRequest,
  filter: Filter,
  concurrency: number,
): Promise<readonly FoundApp[]> {
  if (configDatabase !== undefined) {
    const client = await connect(configDatabase)
    try {
      return await appsInConfigDatabase(client, filter)
    } finally {
      await client.end()
    }
  }
  const sealKey = process.env['TENANT_SEAL_KEY']
  const sealer = sealKey ? (await import('../../src/platform/jose-sealer.ts')).joseSealer(sealKey) : null
  return withRegistry({ data, remote }, (registry) =>
    appsInRegistry(registry, { filter, sealer, clusterDatabase, concurrency }),
  )
}
