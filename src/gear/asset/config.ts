import * as v from 'valibot'
import { section } from '../../core/gear.ts'
import { ASSET_BYTES_MAX } from '../../core/limits.ts'

/** `gear_config.asset`. */
export const assetSection = section(
  'asset',
  v.object({
    /** What `asset:put` announces may be read by anybody who knows its URL, for ever: Skygear's ASSET_STORE_PUBLIC. */
    public: v.optional(v.boolean(), false),
    /** Bytes of a file at most. */
    size_max: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(ASSET_BYTES_MAX)),
      ASSET_BYTES_MAX,
    ),
  }),
)
