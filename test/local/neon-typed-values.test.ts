import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'

// Values without `Neon-Raw-Text-Output`: neon-answers.json has those of Postgres' own types.
const endpoint = `http://${inject('neonEndpoint')}/sql`
const name = `typed_${crypto.randomUUID().replaceAll('-', '')}`

async function post(body: unknown, rawText = false): Promise<{ status: number; json: unknown }> {
  const headers = {
    'neon-connection-string': inject('databaseUrl'),
    'neon-raw-text-output': String(rawText),
    'neon-array-mode': 'true',
  }
  const answer = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: answer.status, json: await answer.json() }
}

beforeAll(() => post({ query: `create type ${name}_mood as enum ('so so', 'ok')` }))
afterAll(() => post({ query: `drop type ${name}_mood` }))

it('arrays of the database’s own types are arrays', async () => {
  const mood = `${name}_mood`
  const query = `select 'ok'::${mood}, array['so so', 'ok', null]::${mood}[], array[array['ok']]::${mood}[]`
  const { json } = await post({ query })
  expect(json).toMatchObject({ rows: [['ok', ['so so', 'ok', null], [['ok']]]] })
})

describe('a batch', () => {
  const table = `create table ${name} (x int)`
  it.each<[string, string, boolean, number]>([
    ['a value that cannot be read', `select '{}'::int[]`, false, 500],
    ['an error of Postgres', 'select 1 / 0', false, 400],
    ['COPY', 'copy (select 1) to stdout', true, 400],
    ['COPY behind comments', '-- one\n /* two */\tCopy (select 1) to stdout', true, 400],
  ])('is undone by %s', async (_, query, rawText, status) => {
    const queries = [table, query, 'select 1'].map((text) => ({ query: text }))
    expect((await post({ queries }, rawText)).status).toBe(status)
    expect((await post({ query: `select to_regclass('${name}')` })).json).toMatchObject({ rows: [[null]] })
  })

  it('without fault is kept', async () => {
    const queries = [table, `insert into ${name} values (1)`, `select * from ${name}`]
    const { json } = await post({ queries: queries.map((query) => ({ query })) })
    expect(json).toMatchObject({ results: [{}, { rowCount: 1 }, { rows: [[1]] }] })
    expect((await post({ query: `drop table ${name}` })).status).toBe(200)
  })

  it('of nothing has no results', async () => {
    expect((await post({ queries: [] })).json).toEqual({ results: [] })
  })
})
