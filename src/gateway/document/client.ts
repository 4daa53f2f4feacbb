import * as v from 'valibot'
import { filled, flag, maybeText, missing, natural, naturalOr, open, texts } from './fields.ts'

const ACCESS_TOKEN_LIFETIME_SECONDS = 1800
const REFRESH_TOKEN_LIFETIME_SECONDS = 86_400

/**
 * One item of `app_config.clients`: an application that may call the app, known by its API key.
 * skygear v2.3 names the key `client_id`; v2.2 named it `api_key` and the client by `name` and `id`. Both are read,
 * and the result always has `client_id` and `client_name`. Where an item has both keys, both are API keys.
 */
export const client = v.pipe(
  open({
    client_name: v.optional(filled),
    client_id: v.optional(filled),
    api_key: v.optional(filled),
    name: v.optional(filled),
    id: v.optional(filled),
    client_uri: maybeText,
    redirect_uris: texts,
    grant_types: texts,
    response_types: texts,
    post_logout_redirect_uris: texts,
    auth_api_use_cookie: flag(),
    access_token_lifetime: naturalOr(ACCESS_TOKEN_LIFETIME_SECONDS),
    refresh_token_lifetime: v.optional(natural, 0),
  }),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const { name, id, ...item } = dataset.value
    const client_name = item.client_name ?? name ?? id
    const client_id = item.client_id ?? item.api_key
    if (client_id === undefined || client_name === undefined) {
      addIssue(missing(dataset.value, client_id === undefined ? 'client_id' : 'client_name'))
      return NEVER
    }
    const refresh_token_lifetime =
      item.refresh_token_lifetime || Math.max(REFRESH_TOKEN_LIFETIME_SECONDS, item.access_token_lifetime)
    return { ...item, client_name, client_id, refresh_token_lifetime }
  }),
)
