import type { Applied } from '../../../src/migrate/plan.ts'
import { oneLine } from '../../command-line.ts'
import { placeOf as placeOfUrl } from '../../database.ts'
import { table } from '../../table.ts'
import { stateOf, versionText } from '../report.ts'
import type { Standing } from '../status.ts'
import type { Lost, Target } from './targets.ts'

/** One line of the report: what became of a module of an app, or of several apps in one schema. */
export type Row = {
  readonly apps: readonly string[]
  /** Host, port and name; null where the app's document does not tell. */
  readonly database: string | null
  readonly schema: string | null
  readonly module: string
  readonly from: Applied
  readonly to: Applied
  /**
   * `migrated`, `no change`, `rolled back` (a dry run), `failed`, `not run` (a module before it failed); of `status`
   * what stands there.
   */
  readonly status: string
  readonly error: string | null
}

/** What a row says beside whose it is. */
export type Said = Pick<Row, 'module' | 'from' | 'to' | 'status'> & { readonly error?: string }

export const rowOf = ({ apps, database, schema }: Target, { error, ...said }: Said): Row => ({
  apps,
  database: placeOfUrl(database),
  schema,
  ...said,
  error: error === undefined ? null : oneLine(error),
})

/** Where a module stands, as it was found. */
export const standingRow = (target: Target, standing: Standing): Row =>
  rowOf(target, {
    module: standing.module,
    from: standing.version,
    to: standing.version,
    status: stateOf(standing),
  })

/** Modules of which nothing is known but why. */
export const failedRows = (target: Target, modules: readonly string[], error: string): readonly Row[] =>
  modules.map((module, i) =>
    rowOf(target, { module, from: null, to: null, ...(i === 0 ? { status: 'failed', error } : NOT_RUN) }),
  )
const NOT_RUN = { status: 'not run' } as const

export const lostRows = ({ app, error }: Lost, modules: readonly string[]): readonly Row[] =>
  modules.map((module, i) => ({
    apps: [app],
    database: null,
    schema: null,
    module,
    from: null,
    to: null,
    ...(i === 0 ? { status: 'failed', error } : { ...NOT_RUN, error: null }),
  }))

export const hasFailed = ({ status }: Row): boolean => status === 'failed'

/** Apps with a row that failed. */
export const failedApps = (rows: readonly Row[]): number =>
  new Set(rows.filter(hasFailed).flatMap(({ apps }) => apps)).size

export const rowLines = (rows: readonly Row[]): string =>
  rows.length === 0
    ? 'no apps'
    : table([
        ['APP', 'SCHEMA', 'MODULE', 'FROM', 'TO', 'STATUS'],
        ...rows.map(({ apps, schema, module, from, to, status, error }) => [
          apps.join(', '),
          schema ?? '-',
          module,
          versionText(from),
          versionText(to),
          error === null ? status : `${status}: ${error}`,
        ]),
      ])
