import * as v from 'valibot'
import { API_VERSIONS, appConfig } from './app-config.ts'
import { anything, filled, flag, integer, maybeText, open, table } from './fields.ts'

const SYNC_HOOK_TIMEOUT_SECONDS = 5
const SYNC_HOOK_TOTAL_TIMEOUT_SECONDS = 10

/** The timeouts alone may be any integer. 0 means the default. */
const integerOr = (fallback: number) =>
  v.optional(
    v.pipe(
      integer,
      v.transform((value) => value || fallback),
    ),
    fallback,
  )

/**
 * A list that skygear v2.3 did not check. Its JSON writer says `null` for an empty one, and its reader took `null` for
 * nothing anywhere: the list, an item, a key of it.
 */
const list = <const E extends v.ObjectEntries>(item: E) => v.nullish(v.array(v.nullish(open(item), {})), [])
const word = v.nullish(v.string(), '')

/**
 * The tenant document (skygear v2.3 "TenantConfiguration"): open at every level but `app_config`. Ours are `plan`,
 * `gears` (which version of a gear the app runs), `gear_config` (each gear's own section),
 * `server_timing` and `suspended`.
 */
export const documentSchema = v.pipe(
  open({
    api_version: v.picklist(API_VERSIONS),
    app_id: filled,
    app_name: filled,
    database_config: open({ database_url: v.optional(filled), database_schema: v.optional(filled) }),
    hook: v.optional(
      open({
        sync_hook_timeout_second: integerOr(SYNC_HOOK_TIMEOUT_SECONDS),
        sync_hook_total_timeout_second: integerOr(SYNC_HOOK_TOTAL_TIMEOUT_SECONDS),
      }),
      {},
    ),
    app_config: appConfig,
    template_items: list({ type: word, language_tag: word, key: word, uri: word, digest: word }),
    hooks: list({ event: word, url: word }),
    deployment_routes: list({ version: word, path: word, type: word, type_config: v.nullish(anything, {}) }),
    plan: maybeText,
    gears: v.optional(table(v.string()), {}),
    gear_config: v.optional(anything, {}),
    server_timing: flag(),
    suspended: flag(),
  }),
  // The two defaults that come from another key.
  v.transform((document) => ({
    ...document,
    database_config: {
      ...document.database_config,
      database_schema: document.database_config.database_schema ?? `app_${document.app_name}`,
    },
    app_config: {
      ...document.app_config,
      display_app_name: document.app_config.display_app_name ?? document.app_name,
    },
  })),
)

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T

/** A document that has passed every rule, with all defaults filled in. `gear_config` has a section for each known gear. */
export type TenantDocument = DeepReadonly<v.InferOutput<typeof documentSchema>>
