import type { Wire } from './world.ts'

/** What a predicate says of a record; null: unknown. */
export type Truth = boolean | null

export const negated = (truth: Truth): Truth => (truth === null ? null : !truth)
export const both = (a: Truth, b: Truth): Truth =>
  a === false || b === false ? false : a === null || b === null ? null : true

export function comparable(value: Wire): string | number | boolean {
  if (typeof value !== 'object' || value === null) return value as string
  const { $date, $id, $name, $lng, $lat } = value as {
    $date?: string
    $id?: string
    $name?: string
    $lng?: number
    $lat?: number
  }
  return $date ?? $id?.split('/')[1] ?? $name ?? `${$lng},${$lat}`
}

export const inOrder = (a: string | number | boolean | null, b: string | number | boolean | null): number =>
  a === b ? 0 : a === null ? 1 : b === null ? -1 : a < b ? -1 : 1

export function compare(operator: string, left: Wire, right: Wire, operands: readonly unknown[]): Truth {
  const isNullTest = operands.includes(null)
  if (isNullTest) return (operator === 'eq') === ((left ?? right) === null)
  if (left === null || right === null) return null
  if (operator === 'in') {
    if (typeof left === 'string' && Array.isArray(right) && operands[0] === left) return right.includes(left)
    const members = (right as readonly Wire[]).filter((member) => member !== null)
    return members.length === 0 ? null : members.map(comparable).includes(comparable(left))
  }
  if (operator === 'like' || operator === 'ilike') {
    const pattern = text(right).replaceAll('%', '.*').replaceAll('_', '.')
    return new RegExp(`^${pattern}$`, operator === 'ilike' ? 'is' : 's').test(text(left))
  }
  const by = inOrder(comparable(left), comparable(right))
  return { eq: by === 0, neq: by !== 0, gt: by > 0, gte: by >= 0, lt: by < 0, lte: by <= 0 }[operator] ?? null
}

const text = (value: Wire): string => (typeof value === 'string' ? value : '')

/** Metres between two places on a globe as large as earthdistance takes the earth for. */
export function distance(a: Wire, b: Wire): number {
  const [from, to] = [a, b].map((place) => {
    const { $lng, $lat } = place as { $lng: number; $lat: number }
    return [$lng, $lat].map((degrees) => (degrees * Math.PI) / 180)
  }) as [[number, number], [number, number]]
  const half = (x: number) => Math.sin(x / 2) ** 2
  const h = half(to[1] - from[1]) + Math.cos(from[1]) * Math.cos(to[1]) * half(to[0] - from[0])
  return 2 * 6_378_168 * Math.asin(Math.sqrt(h))
}
