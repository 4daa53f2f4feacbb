import type { Adoption } from '../../src/adopt/adopt.ts'
import { table } from '../table.ts'

/** An adoption as people read it. */
export function adoptionText(adoption: Adoption): string {
  const { schema, version, applied, record_types, users, roles, tables, oddities, changes } = adoption
  const flagsOf = (role: Adoption['roles'][number]) =>
    [...(role.is_admin ? ['admin'] : []), ...(role.by_default ? ['by default'] : [])].join(', ')
  return [
    `${schema} is a schema of Skygear v1.7, version ${version}`,
    table([
      ['RECORD TYPE', 'RECORDS', 'PRIVATE'],
      ...record_types.map((type) => [type.name, String(type.records), String(type.private_records)]),
    ]),
    table([['ROLE', 'USERS', ''], ...roles.map((role) => [role.id, String(role.users), flagsOf(role)])]),
    table([
      ['OTHER', 'ROWS'],
      ['users', String(users.total)],
      ...Object.entries(tables).map(([name, rows]) => [name, String(rows)]),
    ]),
    section('To know:', oddities),
    changes.length === 0
      ? 'Nothing to do: it is adopted.'
      : section(applied ? 'Done, in one transaction:' : 'With --apply, in one transaction:', changes),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : [title, ...lines.map((line) => `- ${line}`)].join('\n')
