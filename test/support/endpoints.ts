import * as fc from 'fast-check'
import type { Access, AccessV2 } from '../../src/core/gear.ts'
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

/** One thing that an app can be asked for: an action, a route, or an endpoint of the v2 API. */
export type Endpoint = {
  readonly name: string
  readonly kind: 'action' | 'route' | 'v2'
  readonly method: string
  /** As it is registered: one that ends in `/*` takes any path below. */
  readonly path: string
  readonly access: Access | AccessV2
  readonly takesJson: boolean
  /** Of actions: routes and v2's endpoints judge for themselves what they are sent. */
  readonly input: InputSchema
}

const { actions, routes, v2 } = register(gears)

/** Everything that is registered, so that what is new is tested by being there. */
export const endpoints: readonly Endpoint[] = [
  ...[...actions.values()].map(({ name, action }) => ({
    name,
    kind: 'action' as const,
    method: 'POST',
    path: `/${name.replaceAll(':', '/')}`,
    access: action.access,
    takesJson: true,
    input: action.input['~standard'].jsonSchema.input(JSON_SCHEMA) as InputSchema,
  })),
  ...[...routes.values()].map(({ name, route: { method, path, access } }) => ({
    name,
    kind: 'route' as const,
    method,
    path,
    access,
    takesJson: false,
    input: {},
  })),
  ...[...v2.values()].map(({ name, route: { method, path, access, reads } }) => ({
    name,
    kind: 'v2' as const,
    method,
    path,
    access,
    takesJson: reads === 'json',
    input: {},
  })),
]

/** Where an endpoint is, with a name where it takes any. Escaped by whoever means one step of the path. */
export const pathTo = ({ path }: Endpoint, name: string): string => path.replace(/\*$/, () => name)

/** What a request shows, as the endpoint's dialect has it. */
export const shownTo = ({ kind }: Endpoint, { key, token }: { key?: string; token?: string }) => ({
  ...(key !== undefined && { 'x-skygear-api-key': key }),
  ...(token !== undefined &&
    (kind === 'v2' ? { authorization: `Bearer ${token}` } : { 'x-skygear-access-token': token })),
})

/** A request that has a body where its method has one: JSON, said to be where that has to be said. */
export const requestTo = (
  { method, kind, takesJson }: Endpoint,
  headers: HeadersInit,
  body: BodyInit = '{}',
): RequestInit => {
  const all = new Headers(headers)
  if (kind === 'v2' && takesJson && !all.has('content-type')) all.set('content-type', 'application/json')
  return { method, headers: all, ...(['POST', 'PUT', 'PATCH'].includes(method) && { body }) }
}

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
