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
  /** By gear, in the shape of its section of the document: what a number of it is at most. */
  readonly limits: Limits
}
type Limits = { readonly [name: string]: number | Limits }

const LimitsDocument: v.GenericSchema<Limits> = v.record(
  v.string(),
  v.union([v.pipe(v.number(), v.minValue(0)), v.lazy(() => LimitsDocument)]),
)
const Document = v.pipe(
  AnyObject,
  v.object({ gears: v.optional(v.array(v.string())), limits: v.optional(LimitsDocument, {}) }),
)

export function parsePlanText(name: string, text: string | null): Result<Plan, string> {
  if (text === null)
    return name === DEFAULT_PLAN
      ? ok({ name, gears: null, limits: {} })
      : err('names a plan that does not exist')
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Document), text)
  if (!parsed.success) return err('names a plan that is not valid')
  const { gears, limits } = parsed.output
  return ok({ name, gears: gears ? new Set(gears) : null, limits })
}

/** The gears' sections with no number above the plan's. What a plan limits and no section has, limits nothing. */
export const within = (
  sections: Readonly<Record<string, unknown>>,
  limits: Limits,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(sections).map(([name, given]) => {
      const most = Object.hasOwn(limits, name) ? limits[name] : undefined
      if (typeof given === 'number' && typeof most === 'number') return [name, Math.min(given, most)]
      const goesOn = typeof most === 'object' && isObject(given)
      return [name, goesOn ? within(given, most) : given]
    }),
  )

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
