import { IMAGE_SIDE_MAX, PICTURE_SIDE_MAX } from '../limits.ts'
import type { Result } from '../result.ts'
import { isGravity, type Gravity } from './gravity.ts'
import { wholeFault, wordFault, type Params } from './params.ts'

/** An operation as the grammar has it. */
export type Spelling<Operation> = {
  /** Null where it would do nothing. The error is the fault's message. */
  readonly read: (args: readonly string[]) => Result<Operation | null, string>
  /** In the order of their names; what is so anyway is left out. */
  readonly args: (operation: Operation) => readonly string[]
}

/** A side that is asked for, and a place or side in a picture as it came. */
export const sideFault = wholeFault(1, IMAGE_SIDE_MAX)
export const lengthFault = wholeFault(1, PICTURE_SIDE_MAX)
export const placeFault = wholeFault(0, PICTURE_SIDE_MAX)
export const gravityFault = wordFault('gravity', isGravity)

export function gravityOf(params: Params, otherwise: Gravity): Gravity {
  const gravity = params.get('g') ?? otherwise
  return isGravity(gravity) ? gravity : otherwise
}

/** The parameter, unless it says what is so anyway. */
export const said = <T extends string | number>(
  name: string,
  value: T | null,
  otherwise: T | null = null,
): readonly string[] => (value === null || value === otherwise ? [] : [`${name}_${value}`])
