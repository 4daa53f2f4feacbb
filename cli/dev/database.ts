import { join } from 'node:path'
import { startNeonEndpoint } from '../../local/neon/endpoint.ts'
import { startPostgres } from '../../local/postgres.ts'
import { connect, placeOf } from '../database.ts'
import type { Lifetime } from './lifetime.ts'

export type DevDatabase = {
  readonly url: string
  /** What it is, for people. */
  readonly name: string
  /** `127.0.0.1:PORT` of the local Neon endpoint; null where the Worker reaches Neon itself. */
  readonly endpoint: string | null
  /** Resolves when the Postgres that this command started has ended; never for one that was given. */
  readonly ended: Promise<void>
}

/** The database of the local system: the given one, or an embedded Postgres that keeps its data in `data`. */
export async function startDatabase(
  given: string | undefined,
  data: string,
  life: Lifetime,
): Promise<DevDatabase> {
  const url = given === undefined ? await embedded(data, life) : encoded(given)
  const client = await connect(url)
  const {
    rows: [row],
  } = await client.query<{ version: string }>(`select split_part(version(), ' ', 2) as version`)
  const name = `Postgres ${row?.version ?? ''}, ${given === undefined ? 'embedded' : placeOf(url)}`
  if (given !== undefined) {
    await client.end()
    const endpoint = isNeon(url) ? null : await startEndpoint(url, life)
    return { url, name, endpoint, ended: new Promise(() => {}) }
  }
  // An idle session tells at once when Postgres is gone.
  const ended = new Promise<void>((resolve) => client.once('end', () => resolve()))
  await life.begin(Promise.resolve(), () => client.end())
  return { url, name, endpoint: await startEndpoint(url, life), ended }
}

async function embedded(data: string, life: Lifetime): Promise<string> {
  const start = startPostgres({ dataDir: join(data, 'postgres'), persistent: true })
  return (await life.begin(start, (postgres) => postgres.stop())).url
}

async function startEndpoint(url: string, life: Lifetime): Promise<string> {
  const endpoint = await life.begin(startNeonEndpoint({ databases: [url] }), (started) => started.close())
  return `127.0.0.1:${endpoint.port}`
}

/** The same URL without what dotenv would read as its own. */
const encoded = (url: string): string => url.replaceAll('$', '%24').replaceAll("'", '%27')

const isNeon = (url: string): boolean => new URL(url).hostname.endsWith('.neon.tech')
