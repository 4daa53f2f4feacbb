import './localhost.ts'
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import skygear, { type Container, type QueryResult, type RecordClass, type SkygearRecord } from 'skygear'
import type { App } from './system.ts'

/** The SDK keeps its user in a store that all containers of a process share, as those of a browser do. */
type StoreModule = {
  readonly Store: new (driver: object) => object
  readonly setStore: (store: object) => void
}
const require = createRequire(import.meta.url)
const { Store, setStore } = createRequire(require.resolve('skygear'))(
  'skygear-core/dist/store',
) as StoreModule

/** A browser: what the SDK keeps outlives the container, and no other browser sees it. */
export type Browser = object

/** As React Native's AsyncStorage, which is the SDK's own reason for `setStore`. */
export function browser(): Browser {
  const items = new Map<string, string>()
  return new Store({
    getItem: async (key: string) => items.get(key) ?? null,
    setItem: async (key: string, value: string) => void items.set(key, value),
    removeItem: async (key: string) => void items.delete(key),
    multiGet: async (keys: readonly string[]) => keys.map((key) => ({ key, value: items.get(key) ?? null })),
    multiSet: async (pairs: readonly { key: string; value: string }[]) => {
      for (const { key, value } of pairs) items.set(key, value)
    },
    multiRemove: async (keys: readonly string[]) => {
      for (const key of keys) items.delete(key)
    },
    clear: async () => items.clear(),
    key: async (n: number) => [...items.keys()][n] ?? null,
    keys: async () => [...items.keys()],
    length: async () => items.size,
  })
}

type ClientOptions = { readonly key?: string; readonly store?: Browser; readonly pubsub?: boolean }

/** The published SDK, unmodified, in a browser of its own; its sockets stay closed unless asked for. */
export async function client(app: App, options: ClientOptions = {}): Promise<Container> {
  const { key = app.api_key, store = browser(), pubsub = false } = options
  setStore(store)
  const container = new (skygear.constructor as new () => Container)()
  if (container.store !== store) throw new Error('the container does not keep to its store')
  container.pubsub.autoPubsub = pubsub
  return container.config({ endPoint: app.url, apiKey: key })
}

/** A name that no other test and no other run of the suite uses. */
export const unique = (prefix: string): string => `${prefix}_${randomUUID().slice(0, 8)}`

export const PASSWORD = 'correct horse'

/** A client in which a new user is logged in. */
export async function newUser(
  app: App,
  name = 'user',
): Promise<{ as: Container; user: SkygearRecord; username: string; token: string }> {
  const username = unique(name)
  const as = await client(app)
  const user = await as.auth.signupWithUsername(username, PASSWORD)
  return { as, user, username, token: tokenOf(as) }
}

export function tokenOf({ auth }: Container): string {
  if (auth.accessToken === null) throw new Error('nobody is logged in')
  return auth.accessToken
}

/** Every record of a type that this client sees in the public database. */
export const all = (as: Container, type: RecordClass): Promise<QueryResult> =>
  as.publicDB.query(new as.Query(type))
