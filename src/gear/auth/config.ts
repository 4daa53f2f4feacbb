import * as v from 'valibot'
import { section } from '../../core/gear.ts'

/** `gear_config.auth`. */
export const authSection = section(
  'auth',
  v.object({
    /** Seconds a v1 access token lives; 0, as Skygear's TOKEN_STORE_EXPIRY: until logout. */
    token_expiry: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  }),
)
