import * as fs from 'node:fs'
import { dirname } from 'node:path'
import * as v from 'valibot'
import { head, type Module } from '../../../src/migrate/module.ts'
import { UsageError } from '../../command-line.ts'
import { writePrivate } from '../../dev/state.ts'
import type { Row } from './rows.ts'
import { rowOf } from './rows.ts'
import type { Target } from './targets.ts'

const Version = v.nullable(v.number())
const Rows = v.array(
  v.object({
    apps: v.array(v.string()),
    database: v.nullable(v.string()),
    schema: v.nullable(v.string()),
    module: v.string(),
    from: Version,
    to: Version,
    status: v.string(),
    error: v.nullable(v.string()),
  }),
)
const Report = v.object({ command: v.string(), date: v.string(), rows: Rows })

/** @throws UsageError where the file could not be written in the end */
export function judgeReport(path: string): void {
  try {
    fs.accessSync(dirname(path), fs.constants.W_OK)
  } catch {
    throw new UsageError(`--report ${path}: its folder is not there, or may not be written`)
  }
}

export const writeReport = (path: string, command: string, rows: readonly Row[]): void =>
  writePrivate(path, `${JSON.stringify({ command, date: new Date().toISOString(), rows }, null, 2)}\n`)

/** The rows of an earlier run; none where there was none. @throws Error where the file is no report */
export function readReport(path: string): readonly Row[] {
  if (!fs.existsSync(path)) return []
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Report), fs.readFileSync(path, 'utf8'))
  if (!parsed.success) throw new Error(`${path} is no report of an earlier run`)
  return parsed.output.rows
}

/** Which schemas an earlier report has at head, module for module, with its rows, and which are left. */
export function leftOf(
  targets: readonly Target[],
  rows: readonly Row[],
  modules: readonly Module[],
): { readonly left: readonly Target[]; readonly done: readonly Row[] } {
  const keyOf = (row: Pick<Row, 'database' | 'schema' | 'module'>) =>
    JSON.stringify([row.database, row.schema, row.module])
  const known = new Map(rows.map((row) => [keyOf(row), row]))
  const doneRows = (target: Target): readonly Row[] | null => {
    const of = modules.flatMap((module) => {
      const said = { module: module.name, from: head(module), to: head(module), status: 'no change' }
      const row = rowOf(target, said)
      const before = known.get(keyOf(row))
      return before?.error === null && before.to === head(module) && before.status !== 'rolled back'
        ? [row]
        : []
    })
    return of.length === modules.length ? of : null
  }
  const judged = targets.map((target) => ({ target, done: doneRows(target) }))
  return {
    left: judged.filter(({ done }) => done === null).map(({ target }) => target),
    done: judged.flatMap(({ done }) => done ?? []),
  }
}
