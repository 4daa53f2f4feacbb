import { expect, it } from 'vitest'
import { statementsOf } from '../../src/migrate/split.ts'

it.each([
  ['nothing', '', []],
  ['comments alone', '-- a;\n/* b; */\n', []],
  ['two statements and their lines', 'select 1;\n\nselect\n 2;', ['1 select 1;', '3 select\n 2;']],
  ['a last one without a semicolon', 'select 1;select 2', ['1 select 1;', '1 select 2']],
  ['a comment before and inside', '-- a\nselect -- b;\n 1;', ['2 select -- b;\n 1;']],
  ['texts and names', `select 'a;''b;' as "c;""d";x`, [`1 select 'a;''b;' as "c;""d";`, '1 x']],
  ['texts with backslashes', `select e'\\';' ; x`, [`1 select e'\\';' ;`, '1 x']],
  ['bodies', 'do $a$ x; $$ y; $$ $a$; z', ['1 do $a$ x; $$ y; $$ $a$;', '1 z']],
  ['dollars in names', 'select a$b$; c', ['1 select a$b$;', '1 c']],
] as const)('splits %s', (_, sql, expected) => {
  expect(statementsOf(sql).map(({ line, text }) => `${line} ${text}`)).toEqual(expected)
})
