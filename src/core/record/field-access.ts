import { sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../caller.ts'
import { inTenant, literal } from '../sql.ts'
import type { FieldRule, KnownTypes, RecordType } from './types.ts'

/** `SQL`: a condition on the row alias given, true or false and never null. */
export type Grant = 'always' | 'never' | SQL
export type FieldMode = 'read' | 'write' | 'compare' | 'discover'

/** What a viewer may do with fields of records (v1 protocol, section 5.9). */
export type FieldAccess = {
  /** Part of a statement cache's key: the same text for the same SQL. */
  readonly shape: string
  /** Values of the placeholders in the SQL, prefixed `fa_`. */
  readonly values: Readonly<Record<string, unknown>>
  readonly grant: (row: SQL, type: string, field: string, mode: FieldMode) => Grant
}

/** What these types' rules let the caller do; of a type that is not among them, nothing. */
export function fieldAccess(types: KnownTypes, { key, user }: Caller): FieldAccess {
  if (key === 'master') return { shape: 'master', values: {}, grant: () => 'always' }
  const viewer: Viewer = { user: user && sql`${sql.placeholder('fa_user')}`, isOwner: false }
  return {
    shape:
      [...types].map(([type, known]) => known && rulesShape(type, known)).join('') + (user ? 'user' : ''),
    values: user ? { fa_user: user.id } : {},
    grant: (row, type, field, mode) => {
      const known = types.get(type)
      return known ? grantOf(known, viewer, row, type, field, mode) : 'never'
    },
  }
}

/** A type as far as grants go: the rules, and the columns that they may look into. */
export type Ruled = Pick<RecordType, 'columns' | 'access'>

/** Tells the rules of one type from others', columns that they look into included. */
export function rulesShape(type: string, { columns, access }: Ruled): string {
  if (!access || access.fields.length === 0) return ''
  const looksInto = access.fields.map(({ user_role }) => columns[parseRole(user_role)?.name ?? ''])
  return JSON.stringify([type, access.fields, looksInto])
}

/** Who wants something of a field. */
export type Viewer = {
  /** As SQL; null: nobody is logged in. */
  readonly user: SQL | null
  /** Of the row for certain, as of one that is being created. */
  readonly isOwner: boolean
}

/**
 * What the most specific rules that there are for the field say: type and field, type and any field, any type and
 * field, any and any. Of those the first that is for the viewer decides; where there are rules and none is for the
 * viewer, nothing is allowed. Reserved fields have no rules.
 */
export function grantOf(
  { columns, access }: Ruled,
  viewer: Viewer,
  row: SQL,
  type: string,
  field: string,
  mode: FieldMode,
): Grant {
  const rules = field.startsWith('_') || !access ? [] : rulesFor(access.fields, type, field)
  if (rules.length === 0) return 'always'
  return rules.reduceRight<Grant>(
    (otherwise, rule) => choose(matches(rule.user_role, viewer, row, columns), allows(rule, mode), otherwise),
    'never',
  )
}

/** Any type, any field. */
export const ANY = '*'

/** The rules that there are for the field, those alone that count, in the order in which they are asked. */
export function rulesFor(rules: readonly FieldRule[], type: string, field: string): readonly FieldRule[] {
  for (const [ofType, ofField] of [
    [type, field],
    [type, ANY],
    [ANY, field],
    [ANY, ANY],
  ]) {
    const group = rules.filter((rule) => rule.record_type === ofType && rule.record_field === ofField)
    if (group.length > 0) return inOrder(group)
  }
  return []
}

/** Kinds of roles, in the order in which they are asked. Those with a colon have a name. */
const KINDS = ['_owner', '_user_id:', '_field:', '_role:', '_any_user', '_public'] as const
type Kind = (typeof KINDS)[number]

/** `user_role` of a rule; null where it is none. */
export function parseRole(role: string): { readonly kind: Kind; readonly name: string } | null {
  const kind = KINDS.find((known) => (known.endsWith(':') ? role.startsWith(known) : role === known))
  return kind ? { kind, name: role.slice(kind.length) } : null
}

/** By kind, then by name; rules are data, so the order is code points' and not a locale's. */
export const inOrder = <T extends Pick<FieldRule, 'user_role'>>(rules: readonly T[]): readonly T[] =>
  rules.toSorted((a, b) => rank(a) - rank(b) || (a.user_role < b.user_role ? -1 : 1))
const rank = ({ user_role }: Pick<FieldRule, 'user_role'>): number =>
  KINDS.findIndex((kind) => kind === parseRole(user_role)?.kind)

/** Who may compare may discover (v1 protocol, section 5.9, item 4). */
const allows = (rule: FieldRule, mode: FieldMode): boolean =>
  ({
    read: rule.readable,
    write: rule.writable,
    compare: rule.comparable,
    discover: rule.discoverable || rule.comparable,
  })[mode]

function matches(role: string, { user, isOwner }: Viewer, row: SQL, columns: Ruled['columns']): Grant {
  const parsed = parseRole(role)
  if (parsed?.kind === '_public') return 'always'
  if (!parsed || !user) return 'never'
  const { kind, name } = parsed
  if (kind === '_any_user') return 'always'
  if (kind === '_owner') return isOwner ? 'always' : sql`coalesce(${row}."_owner_id" = ${user}, false)`
  if (kind === '_user_id:') return sql`${user} = ${literal(name)}`
  if (kind === '_field:')
    return holdsUser(row, name, Object.hasOwn(columns, name) ? columns[name] : undefined, user)
  return sql`exists (select from ${inTenant('_auth_role')} as _held
    where _held.auth_id = ${user} and _held.role_id = ${literal(name)})`
}

/** A field names a user as text, as an element of a list, or (the old server did not look there) as a reference. */
function holdsUser(row: SQL, field: string, type: string | undefined, user: SQL): Grant {
  const column = sql`${row}.${sql.identifier(field)}`
  if (type === 'string' || type === 'ref(user)') return sql`coalesce(${column}::text = ${user}, false)`
  if (type === 'json')
    return sql`coalesce(jsonb_typeof(${column}::jsonb) = 'array' and ${column}::jsonb ? ${user}, false)`
  return 'never'
}

/** `condition ? allowed : otherwise`, in as little SQL as it takes. */
function choose(condition: Grant, allowed: boolean, otherwise: Grant): Grant {
  if (condition === 'always') return allowed ? 'always' : 'never'
  if (condition === 'never') return otherwise
  if (allowed) return otherwise === 'always' ? 'always' : either(condition, otherwise)
  if (otherwise === 'never') return 'never'
  return otherwise === 'always' ? sql`not ${condition}` : sql`(not ${condition} and ${otherwise})`
}
const either = (condition: SQL, otherwise: 'never' | SQL): SQL =>
  otherwise === 'never' ? condition : sql`(${condition} or ${otherwise})`
