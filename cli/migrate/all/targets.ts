import { err, ok, type Result } from '../../../src/core/result.ts'
import type { Place } from '../../tenant/sync-plan.ts'
import type { FoundApp } from './apps.ts'

/** A schema to work on, once, whatever the number of its apps. */
export type Target = Place & { readonly apps: readonly string[] }
/** An app without one. */
export type Lost = { readonly app: string; readonly error: string }

/**
 * The schemas of the apps, each once by database and schema: v2's tool left the schema out and migrated one per
 * database (v2 reference, section 3.5). `host` takes the place of every database's, its port stays.
 */
export function targetsOf(
  found: readonly FoundApp[],
  host: string | undefined,
): { readonly targets: readonly Target[]; readonly lost: readonly Lost[] } {
  const targets = new Map<string, Target>()
  const lost: Lost[] = []
  for (const { app, place: given } of found) {
    const place = given.ok ? atHost(given.value, host) : given
    if (!place.ok) {
      lost.push({ app, error: place.error })
      continue
    }
    const { database, schema } = place.value
    const key = `${database}\n${schema}`
    targets.set(key, { database, schema, apps: [...(targets.get(key)?.apps ?? []), app] })
  }
  return { targets: [...targets.values()], lost }
}

function atHost(place: Place, host: string | undefined): Result<Place, string> {
  if (!URL.canParse(place.database)) return err('its database is no URL')
  const url = new URL(place.database)
  if (host !== undefined) url.hostname = host
  return ok({ ...place, database: url.href })
}

/** Whether this can stand for the host of a URL. */
export function isHostname(text: string): boolean {
  const url = new URL('postgres://unlike-any/')
  url.hostname = text
  return text !== '' && url.hostname === text
}
