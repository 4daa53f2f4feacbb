import type * as v from 'valibot'
import { pointer } from './fault.ts'

/** The keys that valibot leaves out of every record, as a plain object cannot hold them safely. */
const UNHOLDABLE = ['__proto__', 'prototype', 'constructor']

/** Those members of valibot's schemas that hold other schemas. */
type Node = {
  readonly type: string
  readonly entries?: Readonly<Record<string, v.GenericSchema>>
  readonly item?: v.GenericSchema
  readonly wrapped?: v.GenericSchema
  readonly value?: v.GenericSchema
  readonly pipe?: readonly v.GenericPipeItem[]
}

/**
 * Pointers to the keys of `value` that `schema` accepts and drops: unknown keys of its open objects, at any depth.
 * It reads the schema itself, so that a gear's section is covered without a list kept beside it.
 * `value` must already have passed the schema, which is what bounds the recursion.
 */
export function ignoredKeys(schema: v.GenericSchema, value: unknown, at: readonly unknown[] = []): string[] {
  const { type, entries, item, wrapped, value: member, pipe } = schema as unknown as Node
  if (typeof value !== 'object' || value === null) return []
  if (pipe) {
    // What follows a transformation sees another value than the one that was written.
    const end = pipe.findIndex(({ kind }) => kind === 'transformation')
    const schemas = pipe.slice(0, end < 0 ? pipe.length : end).filter((step) => step.kind === 'schema')
    return schemas.flatMap((step) => ignoredKeys(step, value, at))
  }
  if (wrapped) return ignoredKeys(wrapped, value, at)
  if (item) return (value as unknown[]).flatMap((each, index) => ignoredKeys(item, each, [...at, index]))
  if (entries) {
    return Object.entries(value).flatMap(([key, each]) => {
      const entry = Object.hasOwn(entries, key) ? entries[key] : undefined
      if (entry) return ignoredKeys(entry, each, [...at, key])
      return type === 'object' ? [pointer([...at, key])] : []
    })
  }
  if (type === 'record' && member) {
    return Object.entries(value).flatMap(([key, each]) =>
      UNHOLDABLE.includes(key) ? [pointer([...at, key])] : ignoredKeys(member, each, [...at, key]),
    )
  }
  return []
}
