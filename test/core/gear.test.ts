import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { action, section, type ActionSpec, type Scope } from '../../src/core/gear.ts'
import { ok } from '../../src/core/result.ts'
import { schema, type Schema } from '../../src/core/schema.ts'
import { aTenant } from '../support/tenant.ts'

const Input = schema(
  v.object({
    name: v.pipe(v.string(), v.minLength(2, 'is too short')),
    tags: v.optional(v.array(v.string()), []),
    place: v.nullish(v.object({ lat: v.number() })),
  }),
)
// Nothing of the scope is used: what an action may touch is not what is tested here.
const scope = {} as Scope
const spec = {
  summary: '',
  access: 'anyone',
  input: Input,
  output: schema(v.unknown()),
  run: async (input) => ok({ result: input }),
} satisfies ActionSpec<typeof Input, Schema>
const judge = (body: Readonly<Record<string, unknown>>) => action(spec).run(body, scope)
const refusal = (name: string, field: string) => ({
  ok: false,
  error: { name, message: expect.stringContaining(field), info: { arguments: [field] } },
})

describe('an action', () => {
  it('gets its input as the schema leaves it, without what the schema does not know', async () => {
    expect(await judge({ name: 'Ana', action: 'x:y', api_key: 'k' })).toEqual({
      ok: true,
      value: { result: { name: 'Ana', tags: [] } },
    })
  })

  it.each([
    ['lacks a field', {}, 'name'],
    ['has null for one', { name: null }, 'name'],
    ['has a value that is refused', { name: 'A' }, 'name'],
    ['lacks a nested field', { name: 'Ana', place: {} }, 'place'],
  ])('refuses with 108 a body that %s', async (_, body, field) => {
    expect(await judge(body)).toMatchObject(refusal('InvalidArgument', field))
  })

  it.each([
    ['a field', { name: 1 }, 'name'],
    ['a list', { name: 'Ana', tags: 'x' }, 'tags'],
    ['a list’s member', { name: 'Ana', tags: ['x', 1] }, 'tags'],
    ['a nested field', { name: 'Ana', place: { lat: '1' } }, 'place'],
  ])('refuses with 107 a wrong JSON type in %s, or with 108 where it says so', async (_, body, field) => {
    expect(await judge(body)).toMatchObject(refusal('BadRequest', field))
    const strict = action({ ...spec, illTyped: 'InvalidArgument' })
    expect(await strict.run(body, scope)).toMatchObject(refusal('InvalidArgument', field))
  })

  it.each([{ name: ['hunter2'] }, { name: 'Ana', tags: 'hunter2' }, { name: 'Ana', place: 'hunter2' }])(
    'does not say back what it was given: %j',
    async (body) => expect(JSON.stringify(await judge(body))).not.toContain('hunter2'),
  )

  it('does not run where its input is refused', async () => {
    let runs = 0
    const counting = action({ ...spec, run: async () => ok({ result: ++runs }) })
    await counting.run({ name: 1 }, scope)
    expect(runs).toBe(0)
  })
})

it('reads its section of the document back as its schema left it', () => {
  const config = section('echo', v.object({ loud: v.optional(v.boolean(), false) }))
  expect(config.of(aTenant({ sections: { echo: { loud: true }, record: {} } }))).toEqual({ loud: true })
})
