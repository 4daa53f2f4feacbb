import * as v from 'valibot'
import { DATABASE_SECONDS_MAX, TENANT_CACHE_SECONDS } from './core/limits.ts'
import { GearWorkerNames } from './gateway/gear-workers.ts'

const number = (fallback: number) =>
  v.optional(v.pipe(v.string(), v.transform(Number), v.finite(), v.minValue(0)), String(fallback))

/** The bucket of `ASSETS` by its S3 API. */
const S3Uploads = v.strictObject({
  endpoint: v.pipe(v.string(), v.url()),
  bucket: v.pipe(v.string(), v.minLength(1)),
  accessKeyId: v.pipe(v.string(), v.minLength(1)),
  secretAccessKey: v.pipe(v.string(), v.minLength(1)),
})

/** The Worker's variables and secrets; README.md, "Configuration", says what they are for. */
const Settings = v.object({
  DATABASE_URL: v.optional(v.string()),
  NEON_LOCAL_ENDPOINT: v.optional(v.string()),
  DATABASE_SECONDS: number(DATABASE_SECONDS_MAX),
  CLUSTER_DOMAIN: v.optional(v.string(), 'localhost'),
  OPERATOR_HOST: v.optional(v.string()),
  OPERATOR_KEY: v.optional(v.string()),
  TENANT_CACHE_SECONDS: number(TENANT_CACHE_SECONDS),
  PROVISION: v.optional(v.picklist(['on', 'off']), 'on'),
  LOG_SAMPLE: number(1),
  S3_UPLOADS: v.optional(v.pipe(v.string(), v.parseJson(), S3Uploads)),
  TWILIO_URL: v.optional(v.pipe(v.string(), v.url())),
  NEXMO_URL: v.optional(v.pipe(v.string(), v.url())),
  TENANT_SEAL_KEY: v.optional(v.string()),
  GEAR_WORKERS: v.optional(v.pipe(v.string(), v.parseJson(), GearWorkerNames), '{}'),
})
export type Settings = v.InferOutput<typeof Settings>

/** Throws where a variable is not what it must be: a Worker that starts with it would do something else than asked. */
export const settingsOf = (env: unknown): Settings => v.parse(Settings, env)
