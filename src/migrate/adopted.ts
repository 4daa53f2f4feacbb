import type { Step } from './plan.ts'
import type { Session } from './session.ts'

/** Tables that the modules make in a fresh schema, and find in an adopted one (v1 protocol, section 7). */
const TABLES_OF_V1 = [
  'user',
  '_role',
  '_auth_role',
  '_password_history',
  '_sso_custom_token',
  '_sso_oauth',
  '_friend',
  '_follow',
  '_record_creation',
  '_record_default_access',
  '_record_field_access',
]
const DROPS = new RegExp(`^drop table "?(${TABLES_OF_V1.join('|')})"?;`, 'm')

/** The table of v1's that a step back would drop, whoever made it; undefined where there is none. */
export const dropped = ({ sql }: Step): string | undefined => DROPS.exec(sql)?.[1]

/** Whether the schema was Skygear v1's before: that one keeps its revision in a table of its own. */
export async function isAdopted(session: Session, schema: string): Promise<boolean> {
  const { rows } = await session.query(
    `select to_regclass(format('%I._version', $1::text)) is not null as is_adopted`,
    [schema],
  )
  return rows[0]?.['is_adopted'] === true
}
