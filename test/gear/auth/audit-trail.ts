import type { Answer, Json, TestApp } from '../../support/app.ts'

/** An entry as `auth:audit:list` tells it. */
export type Entry = Json & { readonly id: number }
export const entriesOf = ({ json }: Answer) => json['result'] as readonly Entry[]
export const listed = async (app: TestApp, body: Json = {}) =>
  entriesOf(await app.call('auth:audit:list', body, { key: app.masterKey }))
/** The newest entry, without what differs from run to run. */
export async function newest(app: TestApp): Promise<Json> {
  const [entry] = await listed(app, { limit: 1 })
  const {
    id: _,
    at: __,
    request_id: ___,
    address: ____,
    user_agent: _____,
    claims: ______,
    ...rest
  } = entry ?? { id: 0 }
  return rest
}
