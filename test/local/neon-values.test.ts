import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'

// Values as Postgres writes them, to the byte: the driver's parsers are not between.
const endpoint = `http://${inject('neonEndpoint')}/sql`
const url = new URL(inject('databaseUrl'))
const schema = `values_${crypto.randomUUID().replaceAll('-', '')}`
url.searchParams.set('options', `-c search_path=${schema}`)
const headers = {
  'neon-connection-string': url.href,
  'neon-raw-text-output': 'true',
  'neon-array-mode': 'true',
}

async function post(body: unknown): Promise<{ status: number; json: Record<string, unknown> }> {
  const answer = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown> }
}

beforeAll(async () => {
  const made = await post({
    queries: [
      `create schema ${schema}`,
      `create type ${schema}.pair as (a int, b text)`,
      `create type ${schema}.mood as enum ('so so', 'ok')`,
      `create domain ${schema}.small as int check (value < 10)`,
    ].map((query) => ({ query })),
  })
  expect(made.status).toBe(200)
})
afterAll(() => post({ query: `drop schema ${schema} cascade` }))

describe('a value is Postgres’ own text:', () => {
  it.each<[type: string, given: string | null, text: string | null, oid?: number]>([
    ['numeric', 'NaN', 'NaN', 1700],
    ['numeric', 'Infinity', 'Infinity'],
    ['numeric', '-Infinity', '-Infinity'],
    ['numeric', '1.500', '1.500'],
    [
      'numeric(40,20)',
      '12345678901234567890.12345678901234567890',
      '12345678901234567890.12345678901234567890',
    ],
    ['int8', '-9223372036854775808', '-9223372036854775808', 20],
    ['float8', '1.7976931348623157e308', '1.7976931348623157e+308', 701],
    ['float8', '5e-324', '5e-324'],
    ['float8', '-0', '-0'],
    ['float8', '0.1', '0.1'],
    ['float8', 'nan', 'NaN'],
    ['float4', '3.4028235e38', '3.4028235e+38', 700],
    ['float4', '-inf', '-Infinity'],
    ['bool', 'yes', 't', 16],
    ['timestamp', 'infinity', 'infinity', 1114],
    ['timestamptz', '-infinity', '-infinity', 1184],
    ['timestamptz', '2026-02-03T04:05:06.789012+02:00', '2026-02-03 02:05:06.789012+00'],
    ['timestamp', '0044-03-15 12:00:00 BC', '0044-03-15 12:00:00 BC'],
    ['date', 'infinity', 'infinity', 1082],
    ['date', '5874897-12-31', '5874897-12-31'],
    ['time', '24:00:00', '24:00:00', 1083],
    ['timetz', '04:05:06.7-08', '04:05:06.7-08', 1266],
    ['interval', '-1 year 2 mons -3 days 04:05:06.000007', '-10 mons -3 days +04:05:06.000007', 1186],
    ['interval', 'infinity', 'infinity'],
    ['bytea', '\\x00ff5c27', '\\x00ff5c27', 17],
    ['bytea', '', '\\x'],
    ['int[]', '{1,NULL,3}', '{1,NULL,3}', 1007],
    ['text[]', '{"a\\"b","c\\\\d",NULL,"NULL","",x}', '{"a\\"b","c\\\\d",NULL,"NULL","",x}', 1009],
    ['int[]', '[0:1]={1,2}', '[0:1]={1,2}'],
    ['int[]', '{{1,2},{3,4}}', '{{1,2},{3,4}}'],
    ['pair', '(1,"a ""b"", c")', '(1,"a ""b"", c")'],
    ['pair[]', '{"(1,)"}', '{"(1,)"}'],
    ['mood', 'so so', 'so so'],
    ['small', '7', '7', 23],
    ['int4range', '[1,5]', '[1,6)', 3904],
    ['int4range', 'empty', 'empty'],
    ['tstzrange', '[2026-01-01,)', '["2026-01-01 00:00:00+00",)', 3910],
    ['int4multirange', '{[1,2],[5,6]}', '{[1,3),[5,7)}', 4451],
    ['json', '{"b": 1,  "a":1e2, "b":2}', '{"b": 1,  "a":1e2, "b":2}', 114],
    ['jsonb', '{"b": 1,  "a":1e2, "b":2}', '{"a": 100, "b": 2}', 3802],
    ['jsonb', '"\\u00e9\\u0001"', '"é\\u0001"'],
    ['jsonb', 'null', 'null'],
    ['bit(3)', '101', '101', 1560],
    ['varbit', '', '', 1562],
    ['money', '-1234.5', expect.stringMatching(/1,?234\.50/) as string, 790],
    ['inet', '192.168.0.1/24', '192.168.0.1/24', 869],
    ['cidr', '2001:db8::/32', '2001:db8::/32', 650],
    ['macaddr', '08-00-2b-01-02-03', '08:00:2b:01:02:03', 829],
    ['uuid', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 2950],
    ['tsvector', `fat:2 'it''s':1A`, `'fat':2 'it''s':1A`, 3614],
    ['tsquery', 'a & !b', `'a' & !'b'`, 3615],
    ['point', '(1.5,-0)', '(1.5,-0)', 600],
    ['char(4)', 'a', 'a   ', 1042],
    ['"char"', 'ab', 'a', 18],
    ['text', '', '', 25],
    ['text', null, null],
    ['text', 'NULL', 'NULL'],
    ['text', '\u0001\u007f\u2028"\\/\r\n\t', '\u0001\u007f\u2028"\\/\r\n\t'],
    ['text', '🦊\uffff', '🦊\uffff'],
    ['regclass', 'pg_class', 'pg_class', 2205],
    ['pg_lsn', '16/B374D848', '16/B374D848', 3220],
  ])('%s %s', async (type, given, text, oid) => {
    const { status, json } = await post({ query: `select $1::${type} as v`, params: [given] })
    expect(json['message']).toBeUndefined()
    expect({ status, rows: json['rows'] }).toEqual({ status: 200, rows: [[text]] })
    if (oid !== undefined)
      expect(json['fields']).toMatchObject([{ name: 'v', dataTypeID: oid, format: 'text' }])
  })

  it('void, and a column without a name', async () => {
    const { json } = await post({ query: 'select pg_sleep(0), $1::text', params: [''] })
    expect(json).toMatchObject({
      rows: [['', '']],
      fields: [{ name: 'pg_sleep', dataTypeID: 2278 }, { name: 'text' }],
    })
  })

  it('xml, where Postgres was built with it', async () => {
    const { status, json } = await post({ query: `select '<a b="1">é</a>'::xml` })
    if (status === 200) expect(json['rows']).toEqual([['<a b="1">é</a>']])
    else expect(json['code']).toBe('0A000')
  })
})
