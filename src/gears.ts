import type { Gear } from './core/gear.ts'
import asset from './gear/asset/gear.ts'
import auth from './gear/auth/gear.ts'
import pubsub from './gear/pubsub/gear.ts'
import record from './gear/record/gear.ts'
import relation from './gear/relation/gear.ts'
import status from './gear/status/gear.ts'

/** Every gear this server knows. To add one: write src/gear/<name>/gear.ts, then list it here. */
export const gears: readonly Gear[] = [status, auth, record, relation, pubsub, asset]

/** The schemas of the gears' own sections of a tenant document, by gear. */
export const sections = Object.fromEntries(
  gears.flatMap(({ name, section }) => (section ? [[name, section.schema]] : [])),
)
