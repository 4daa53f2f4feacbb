import * as v from 'valibot'
import { section } from '../../core/gear.ts'
import type { ImageLimits } from '../../core/image/allowance.ts'
import {
  ASSET_BYTES_MAX,
  IMAGE_BYTES_MAX,
  IMAGE_OPERATIONS_MAX,
  IMAGE_OUTPUT_PIXELS_MAX,
  IMAGE_PIXELS_MAX,
} from '../../core/limits.ts'
import type { Tenant } from '../../core/tenant.ts'

/** As much as the system allows, or less. */
const upTo = (max: number) => v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max)), max)

/** `gear_config.asset`. */
export const assetSection = section(
  'asset',
  v.object({
    /** What `asset:put` announces may be read by anybody who knows its URL, for ever: Skygear's ASSET_STORE_PUBLIC. */
    public: v.optional(v.boolean(), false),
    /** Bytes of a file at most. */
    size_max: upTo(ASSET_BYTES_MAX),
    /** What pipelines may be asked for. */
    images: v.optional(
      v.object({
        /** Of a picture and its marks together. */
        source_bytes: upTo(IMAGE_BYTES_MAX),
        source_pixels: upTo(IMAGE_PIXELS_MAX),
        output_pixels: upTo(IMAGE_OUTPUT_PIXELS_MAX),
        operations: upTo(IMAGE_OPERATIONS_MAX),
      }),
      {},
    ),
  }),
)

export function imageLimits(tenant: Tenant): ImageLimits {
  const { source_bytes, source_pixels, output_pixels, operations } = assetSection.of(tenant).images
  return { bytes: source_bytes, pixels: source_pixels, outputPixels: output_pixels, operations }
}
