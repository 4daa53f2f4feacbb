import { Client } from 'pg'
import { oneLine } from './command-line.ts'

const CONNECT_MS_MAX = 5_000

/** A session on a database. @throws Error that says what to do, without the password */
export async function connect(url: string): Promise<Client> {
  if (!URL.canParse(url))
    throw new Error('the database must be a URL: postgres://user:password@host/database')
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    // Who waits for this session is told so.
    fallback_application_name: `skygear cli, process ${process.pid}`,
  })
  // Lost sessions show by their queries, and by 'end'.
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (cause) {
    throw new Error(
      `cannot connect to the database at ${placeOf(url)}: ${oneLine(cause)}. Is it running, and is its URL right?`,
      {
        cause,
      },
    )
  }
}

/** Host, port and database, without user and password. */
export function placeOf(url: string): string {
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}
