import * as v from 'valibot'
import { closed, filled, flag, maybeText, missing } from './fields.ts'

/** What skygear v2.3 asks of each OAuth provider type beyond its client id and secret, and the scope it defaults to. */
const PROVIDERS = {
  google: { scope: 'openid profile email', required: [] },
  facebook: { scope: 'email', required: [] },
  instagram: { scope: 'basic', required: [] },
  linkedin: { scope: 'r_liteprofile r_emailaddress', required: [] },
  azureadv2: { scope: 'openid profile email', required: ['tenant'] },
  apple: { scope: 'email', required: ['key_id', 'team_id'] },
} as const
const TYPES = [
  'google',
  'facebook',
  'instagram',
  'linkedin',
  'azureadv2',
  'apple',
] as const satisfies readonly (keyof typeof PROVIDERS)[]

const provider = v.pipe(
  closed({
    type: v.picklist(TYPES),
    id: maybeText,
    client_id: v.string(),
    client_secret: v.string(),
    scope: maybeText,
    tenant: v.optional(v.string()),
    key_id: v.optional(v.string()),
    team_id: v.optional(v.string()),
  }),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const item = dataset.value
    const { scope, required } = PROVIDERS[item.type]
    const absent = required.find((key) => item[key] === undefined)
    if (absent !== undefined) {
      addIssue(missing(item, absent))
      return NEVER
    }
    return { ...item, id: item.id ?? item.type, scope: item.scope ?? scope }
  }),
)

/**
 * `app_config.sso`. Without `oauth` nobody logs in through a provider.
 * The original accepted an empty `state_jwt_secret`, which lets anyone forge the state; here it must not be empty.
 */
export const sso = closed({
  oauth: v.optional(
    closed({
      state_jwt_secret: filled,
      external_access_token_flow_enabled: flag(),
      on_user_duplicate_allow_merge: flag(),
      on_user_duplicate_allow_create: flag(),
      providers: v.optional(v.array(provider), []),
    }),
  ),
})
