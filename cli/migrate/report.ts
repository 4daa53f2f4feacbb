import type { Report } from '../../src/migrate/run.ts'
import { table } from '../table.ts'
import type { Standing } from './status.ts'

export const versionText = (version: number | null): string => (version === null ? '-' : String(version))

/** `version`: one line per module and schema. */
export function versionLines(found: readonly Standing[]): string {
  if (found.length === 0) return NOTHING
  return table(
    found.map(({ schema, module, version, dirty }) => [
      schema,
      module,
      versionText(version) + (dirty ? ', dirty' : ''),
    ]),
  )
}

/** `status`: where each module should be, too. */
export function statusLines(found: readonly Standing[]): string {
  if (found.length === 0) return NOTHING
  const rows = found.map((standing) => {
    const { schema, module, version, head } = standing
    return [schema, module, versionText(version), versionText(head), stateOf(standing)]
  })
  return table([['SCHEMA', 'MODULE', 'VERSION', 'HEAD', 'STATE'], ...rows])
}
const NOTHING = 'no schema has any module'

/** `at head`, `behind, dirty`, … */
export function stateOf({ version, head, dirty, changed, skipped }: Standing): string {
  const place =
    version === head ? 'at head' : version !== null && version > head ? 'newer than this code' : 'behind'
  const passedOver = skipped.map((each) => `${each} came later and was passed over`)
  return [place, ...(dirty ? ['dirty'] : []), ...changedText(changed), ...passedOver].join(', ')
}

/** What became of each module; of a dry run also the SQL that ran. */
export function reportLines(schema: string, reports: readonly Report[], dryRun: boolean): string {
  const rows = reports.map(({ module, from, to, changed }) => {
    const moved = from === to ? `${versionText(to)}, no change` : `${versionText(from)} → ${versionText(to)}`
    return [schema, module, [moved, ...changedText(changed)].join(', ')]
  })
  if (!dryRun) return table(rows)
  const ran = reports.flatMap(({ files }) => files.map(({ name, sql }) => `-- ${name}\n${sql.trimEnd()}\n`))
  return [...ran, table(rows), 'rolled back: this was a dry run'].join('\n')
}

/** The same for a script: the SQL is in it only where nothing else remains of it. */
export const reportJson = (schema: string, reports: readonly Report[], dryRun: boolean) => ({
  schema,
  dry_run: dryRun,
  modules: reports.map(({ files, ...report }) => ({
    ...report,
    files: dryRun ? files : files.map(({ name }) => ({ name })),
  })),
})

export const changedText = (versions: readonly number[]): readonly string[] =>
  versions.map((version) => `${version} changed after it was applied`)
