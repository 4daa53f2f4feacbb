import { isSelected, type Selection } from '../../../src/gateway/operations/select.ts'
import type { HostSummary } from '../../../src/core/registry.ts'
import { UsageError } from '../../command-line.ts'

/** Whether an app is asked for, by what a listing tells of it. */
export type Filter = (summary: HostSummary) => boolean

/**
 * `plan=NAME` and `<gear>_version=VERSION`, all of which must hold: v2's `-app-filter-key` is a column of `app`
 * (v2 reference, section 3.5).
 * @throws UsageError
 */
export function filterFrom(given: readonly string[], gears: readonly string[]): Filter {
  const selections = given.map((text) => selectionFrom(text, gears))
  return (summary) => selections.every((selection) => isSelected(summary, selection))
}

function selectionFrom(text: string, gears: readonly string[]): Selection {
  const [, key, value] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (key === undefined || value === undefined) throw new UsageError(`--filter "${text}" is not KEY=VALUE`)
  if (key === 'plan') return { plan: value }
  const gear = gears.find((name) => key === `${name}_version`)
  if (gear !== undefined) return { gear: { name: gear, version: value } }
  const keys = ['plan', ...gears.map((name) => `${name}_version`)]
  throw new UsageError(`no filter "${key}": one of ${keys.join(', ')}`)
}
