import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { r2Files } from '../../src/platform/r2-files.ts'

const files = r2Files(env.ASSETS)
const [MANY, LIMIT] = [205, 200]
const nameOf = (i: number) => `list-many/${String(i).padStart(4, '0')}`
const names = Array.from({ length: MANY }, (_, i) => nameOf(i))
beforeAll(async () => {
  await Promise.all(names.map((name) => env.ASSETS.put(name, 'x')))
})
afterAll(() => env.ASSETS.delete(names))

it('a list is as long as was asked for, however many R2 lists at once, and says whether there are more', async () => {
  const listed = await env.ASSETS.list({ prefix: 'list-many/', limit: LIMIT, include: ['customMetadata'] })
  expect(listed.objects.length).toBeLessThan(LIMIT)
  const list = async (after?: string) => {
    const page = await files.list('list-many/', { ...(after !== undefined && { after }), limit: LIMIT })
    return [page.files.map(({ key }) => key), page.more]
  }
  expect(await list()).toEqual([names.slice(0, LIMIT), true])
  expect(await list(names[LIMIT - 1])).toEqual([names.slice(LIMIT), false])
  expect(await list(names.at(-1))).toEqual([[], false])
})

it.each([10, 9 * 1024 * 1024])(
  'a new file of %i bytes, of unknown length at first, takes nobody’s place',
  async (size) => {
    const file = { headers: {}, metadata: {}, isNew: true }
    const put = () => files.put(`new-${size}`, { stream: bodyOf(size), sizeMax: size }, file)
    expect(await put()).toMatchObject({ ok: true, value: { size } })
    expect(await put()).toEqual({ ok: false, error: 'taken' })
  },
)

const bodyOf = (size: number) => new Blob([new Uint8Array(size)]).stream()
