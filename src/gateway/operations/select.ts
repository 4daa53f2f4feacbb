import type { HostSummary } from '../../core/registry.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { DEFAULT_PLAN } from '../plan.ts'

/** Which apps a listing is of; without either, all hosts. */
export type Selection = {
  readonly plan?: string | undefined
  readonly gear?: { readonly name: string; readonly version: string } | undefined
}

/** `auth=nightly`. */
export function gearFrom(text: string): Result<NonNullable<Selection['gear']>, string> {
  const [, name, version] = /^([^=]+)=(.+)$/.exec(text) ?? []
  return name === undefined || version === undefined
    ? err(`${text} is not GEAR=VERSION`)
    : ok({ name, version })
}

/** An app's plan and versions are those of its own host: an alias is in no selection, nor is a broken document. */
export function isSelected(summary: HostSummary, { plan, gear }: Selection): boolean {
  if (plan === undefined && gear === undefined) return true
  if (summary.app_id === undefined) return false
  const versions = summary.gears ?? {}
  const version = gear && Object.hasOwn(versions, gear.name) ? versions[gear.name] : 'live'
  return (
    (plan === undefined || (summary.plan ?? DEFAULT_PLAN) === plan) &&
    (gear === undefined || version === gear.version)
  )
}
