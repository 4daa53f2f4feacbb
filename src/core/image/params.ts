import { err, ok, type Result } from '../result.ts'

/** The parameters of one operation: the last value of each, all of them good. */
export type Params = ReadonlyMap<string, string>
/** What is wrong with a value; null: nothing. */
type Check = (value: string) => string | null

/** `w_200` and so on. Each value is checked, though only the last of a name counts. */
export function paramsOf(
  args: readonly string[],
  checks: Readonly<Record<string, Check>>,
  others: 'ignored' | 'refused' = 'refused',
): Result<Params, string> {
  const params = new Map<string, string>()
  for (const arg of args) {
    const end = arg.includes('_') ? arg.indexOf('_') : arg.length
    const [name, value] = [arg.slice(0, end), arg.slice(end + 1)]
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    const fault = check?.(value) ?? null
    if (fault !== null) return err(fault)
    if (check) params.set(name, value)
    else if (others === 'refused') return err(`invalid parameter: ${arg}`)
  }
  return ok(params)
}

/** Null where it is not said. `-0` is 0. */
export function numberOf(params: Params, name: string): number | null {
  const value = params.get(name)
  return value === undefined ? null : Number(value) + 0
}

export const wholeFault =
  (min: number, max: number): Check =>
  (value) => {
    if (!/^[+-]?\d+$/.test(value)) return `value '${value}' is not an integer`
    return Number(value) >= min && Number(value) <= max
      ? null
      : `value '${value}' is not in range [${min},${max}]`
  }

/** One of a few words; `what` they are. */
export const wordFault =
  (what: string, isWord: (value: string) => boolean): Check =>
  (value) =>
    isWord(value) ? null : `invalid ${what}: ${value}`
