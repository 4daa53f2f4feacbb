import * as v from 'valibot'
import { AnyObject } from '../core/json-object.ts'
import { err, ok, type Result } from '../core/result.ts'

/** The plan of an app that names none. It needs no key in KV: without one it allows every gear. */
export const DEFAULT_PLAN = 'default'

/** What a plan, kept under `plan:<name>`, lets its apps use. */
export type Plan = {
  readonly name: string
  /** The gears it includes; null: all. */
  readonly gears: ReadonlySet<string> | null
}

const Document = v.pipe(AnyObject, v.object({ gears: v.optional(v.array(v.string())) }))

export function parsePlanText(name: string, text: string | null): Result<Plan, string> {
  if (text === null)
    return name === DEFAULT_PLAN ? ok({ name, gears: null }) : err('names a plan that does not exist')
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Document), text)
  if (!parsed.success) return err('names a plan that is not valid')
  const { gears } = parsed.output
  return ok({ name, gears: gears ? new Set(gears) : null })
}
