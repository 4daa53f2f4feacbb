import { sql } from 'drizzle-orm'
import type { Scope } from '../../core/gear.ts'
import type { Statement } from '../../core/ports.ts'
import { inTenant, prepare } from '../../core/sql.ts'
import type { Tenant } from '../../core/tenant.ts'
import { authSection } from './config.ts'

/** The fields of the user record that say what its user has proved to hold (v1 protocol, section 4.13). */
const OVERALL = 'is_verified'
const flagOf = (key: string): string => `${key}_verified`

/** Those of them that nobody writes: what they say follows from codes. `is_verified` may be the master key's. */
export function keptFlags({ tenant, caller }: Scope): readonly string[] {
  const { keys } = tenant.messaging.verification
  if (keys.length === 0) return []
  const isGiven = criteriaOf(tenant) === GIVEN && caller.key === 'master'
  return [...(isGiven ? [] : [OVERALL]), ...keys.map(({ key }) => flagOf(key))]
}

/** Fields whose change concerns verification. */
export function watchedFields(tenant: Tenant): readonly string[] {
  const keys = tenant.messaging.verification.keys.map(({ key }) => key)
  if (keys.length === 0) return []
  return [...(criteriaOf(tenant) === GIVEN ? [OVERALL] : []), ...(isSentOnUpdate(tenant) ? keys : [])]
}

export const isSentOnUpdate = (tenant: Tenant): boolean =>
  authSection.of(tenant).verification_auto_send_on_update

/**
 * Makes these fields, and the trigger that keeps them, where the app's are not there; from then on in the transaction,
 * codes are due for what changes if the app has them sent.
 */
export function prepareVerification({ tenant }: Scope): Statement {
  return prepareFields(tenant.schema, {
    due: isSentOnUpdate(tenant) ? 'on' : 'off',
    criteria: criteriaOf(tenant),
    names: JSON.stringify(tenant.messaging.verification.keys.map(({ key }) => key)),
  })
}

const GIVEN = 'given'

/** What makes a user verified, as `_auth_keep_verified` takes it. */
function criteriaOf(tenant: Tenant): string {
  const { verification_auto_update, verification_criteria } = authSection.of(tenant)
  if (!verification_auto_update) return GIVEN
  return verification_criteria
    ? JSON.stringify(verification_criteria)
    : tenant.messaging.verification.criteria
}

const prepareFields = prepare(sql`
  select set_config('skygear.codes_due', ${sql.placeholder('due')}, true),
    ${inTenant('_auth_prepare_verification')}(${sql.placeholder('criteria')},
      array(select jsonb_array_elements_text(${sql.placeholder('names')}::jsonb)))`)
