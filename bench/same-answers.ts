import type { Parse } from './parse-server.ts'
import { post } from './peer.ts'
import { questionsOf } from './questions.ts'
import type { Users } from './record-scenarios.ts'
import { removeMade, type Table } from './rows.ts'
import type { Skygear } from './skygear.ts'

const ASKED = 5

/**
 * Nothing is compared that is not the same: both systems find as many records for each question. What that makes is
 * taken away again. @throws Error else
 */
export async function requireSameAnswers(table: Table, skygear: Skygear, parse: Parse, users: Users) {
  for (const [name, { ours, theirs, withRoles }] of Object.entries(questionsOf(table))) {
    const headers = withRoles ? users.withRoles : users.plain
    for (let i = 0; i < ASKED; i++) {
      const us = await post(`${skygear.server.url}/${ours.action}`, ours.body(i), headers.ours)
      const them = await post(`${parse.url}/${theirs.path(i)}`, theirs.body(i), headers.theirs)
      const [found, foundByPeer] = [foundByUs(us), foundByParse(them)]
      if (found !== foundByPeer || found === 0)
        throw new Error(`${name}: ${found} and ${foundByPeer} records, of ${table.rows}`)
    }
  }
  await removeMade(skygear.postgres.url, `"${skygear.schema}"."${table.ours.rows}"`)
  await removeMade(parse.databaseUrl, `"${table.theirs.rows}"`)
}

type Answer = Readonly<Record<string, unknown>>

function foundByUs({ result, info }: Answer): number {
  const { count } = Object(info) as { readonly count?: number }
  const records = result as readonly { readonly _type: string }[]
  return count ?? records.filter(({ _type }) => _type === 'record').length
}

/** Records are under `results`, a batch is a list of what came of each, and one record is the answer itself. */
function foundByParse(answer: Answer): number {
  if (Array.isArray(answer)) return answer.filter((each: object) => 'success' in each).length
  const { count, results } = answer as { readonly count?: number; readonly results?: readonly unknown[] }
  return count ?? results?.length ?? 1
}
