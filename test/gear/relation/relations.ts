import type { Answer, Credentials, Json, TestApp, TestUser } from '../../support/app.ts'
import { itemsOf } from '../../support/app.ts'

/** The relation actions as one user calls them, in a few letters. */
export const relationsOf = (app: TestApp, as: Credentials) => ({
  query: (name: string, more: Json = {}) => app.call('relation:query', { name, ...more }, as),
  add: (name: string, ...targets: readonly string[]) => app.call('relation:add', { name, targets }, as),
  remove: (name: string, ...targets: readonly string[]) => app.call('relation:remove', { name, targets }, as),
})

/** The ids of an answer's items, with the codes of those that are errors. */
export const usersIn = (answer: Answer): readonly unknown[] =>
  itemsOf(answer).map(({ id, type, data }) => (type === 'error' ? [id, (data as Json)['code']] : id))

/** Users without login ids. */
export async function crowdOf(app: TestApp, size: number) {
  const users: TestUser[] = []
  for (let i = 0; i < size; i++) users.push(await app.guest())
  const user = (i: number): TestUser => users[i] ?? { id: '', token: '' }
  return {
    users,
    user,
    /** Ids in the order of answers. */
    sorted: (...of: readonly number[]) => of.map((i) => user(i).id).toSorted(),
  }
}
export type Crowd = Awaited<ReturnType<typeof crowdOf>>
