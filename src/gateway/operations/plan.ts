import { invalid, type Failure } from '../../core/failure.ts'
import { GEAR_VERSIONS_MAX, GEAR_VERSION_CHARS_MAX } from '../../core/limits.ts'
import type { JsonObject } from '../../core/json-object.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { difference, type Change } from './difference.ts'

/** A plan's name is a part of a KV key and of a path. */
export const isPlanName = (name: string): boolean => /^[A-Za-z0-9][\w.-]{0,63}$/.test(name)

/** The plan with another list of gears; null: all of them. What else it holds stays. */
export function withGears(
  plan: JsonObject,
  gears: readonly string[] | null,
): Result<{ plan: JsonObject; changes: readonly Change[] }, Failure> {
  const unusable = gears?.find(
    (gear) => !/^[a-z_][a-z0-9_-]*$/.test(gear) || gear.length > GEAR_VERSION_CHARS_MAX,
  )
  if (unusable !== undefined) return err(invalid(`${unusable.slice(0, 100)} is no name of a gear`, 'gears'))
  if ((gears?.length ?? 0) > GEAR_VERSIONS_MAX)
    return err(invalid(`a plan lists at most ${GEAR_VERSIONS_MAX} gears`, 'gears'))
  const { gears: _, ...others } = plan
  const after = gears === null ? others : { ...others, gears: [...new Set(gears)] }
  return ok({ plan: after, changes: difference(plan, after) })
}
