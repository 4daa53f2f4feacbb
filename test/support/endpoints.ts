import * as fc from 'fast-check'
import type { Access } from '../../src/core/gear.ts'
import { JSON_SCHEMA } from '../../src/core/schema.ts'
import { register } from '../../src/gateway/route.ts'
import { gears } from '../../src/gears.ts'

/** As much of JSON Schema as the actions' inputs use. */
export type InputSchema = {
  readonly type?: string
  readonly anyOf?: readonly InputSchema[]
  readonly items?: InputSchema
  readonly properties?: Readonly<Record<string, InputSchema>>
  readonly required?: readonly string[]
}

/** One thing that an app can be asked for: an action, or a route (whose `input` is empty). */
export type Endpoint = {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly access: Access
  readonly isRoute: boolean
  readonly input: InputSchema
}

const { actions, routes } = register(gears)

/** Everything that is registered, so that what is new is tested by being there. */
export const endpoints: readonly Endpoint[] = [
  ...[...actions.values()].map(({ name, action }) => ({
    name,
    method: 'POST',
    path: `/${name.replaceAll(':', '/')}`,
    access: action.access,
    isRoute: false,
    input: action.input['~standard'].jsonSchema.input(JSON_SCHEMA) as InputSchema,
  })),
  ...[...routes.values()].map(({ name, route: { method, path, access } }) => ({
    name,
    method,
    path,
    access,
    isRoute: true,
    input: {},
  })),
]

/** What stands where a schema asks for a text, and where it takes anything. */
export type Leaves = {
  readonly text: fc.Arbitrary<string>
  readonly anything: fc.Arbitrary<unknown>
  /** By field, where a value made by schema alone would hardly ever be one that is acted upon. */
  readonly fields?: Readonly<Record<string, fc.Arbitrary<unknown>>>
}

/** Values that a schema describes. */
export function inhabitants(schema: InputSchema, leaves: Leaves): fc.Arbitrary<unknown> {
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => inhabitants(one, leaves)))
  switch (schema.type) {
    case 'string':
      return leaves.text
    case 'integer':
    case 'number':
      return fc.integer({ min: 0, max: 5 })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return fc.array(inhabitants(schema.items ?? {}, leaves), { minLength: 1, maxLength: 3 })
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([field, its]) => [
            field,
            leaves.fields?.[field] ?? inhabitants(its, leaves),
          ]),
        ),
        { requiredKeys: [...(schema.required ?? [])] },
      )
    default:
      return leaves.anything
  }
}
