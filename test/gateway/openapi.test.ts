import { describe, expect, it } from 'vitest'
import { openapi } from '../../src/gateway/openapi.ts'
import { gears } from '../../src/gears.ts'

type Operation = {
  readonly operationId: string
  readonly security: readonly unknown[]
  readonly tags: readonly string[]
}
type Document = {
  readonly openapi: string
  readonly paths: Readonly<Record<string, { readonly post: Operation }>>
}
const document = openapi(gears) as Document
const actions = gears.flatMap(({ name, actions: all }) =>
  Object.entries(all).map(([action, { access }]) => [action, name, access] as const),
)

describe('the API document', () => {
  it('has a path for every action of the register and no other', () => {
    expect(Object.keys(document.paths)).toEqual(actions.map(([action]) => `/${action.replaceAll(':', '/')}`))
  })

  it.each(actions)('describes %s of %s, for %s', (action, gear, access) => {
    const { post } = document.paths[`/${action.replaceAll(':', '/')}`] ?? {}
    expect(post).toMatchObject({
      operationId: action,
      tags: [gear],
      summary: expect.stringMatching(/\w.*\.$/),
    })
    expect(post?.security.length).toBe(access === 'anyone' ? 0 : 2)
  })

  it('is JSON and nothing but', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document)
  })
})
