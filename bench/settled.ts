import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'

const POLL_MS = 20
const QUIET_POLLS = 5
const SECONDS_MAX = 30

/**
 * Ends what clients that have gone left under way, in all of the server's databases: it would slow the next ones down.
 * parse-server runs to the end what it has in its queue, so that it is asked again until nothing comes any more.
 */
export async function settled(databaseUrl: string): Promise<void> {
  const client = new Client(databaseUrl)
  await client.connect()
  const deadline = Date.now() + SECONDS_MAX * 1000
  for (let quiet = 0; quiet < QUIET_POLLS && Date.now() < deadline;) {
    const { rows } = await client.query(
      `select pg_cancel_backend(pid) from pg_stat_activity
       where state = 'active' and pid <> pg_backend_pid() and backend_type = 'client backend'`,
    )
    quiet = rows.length === 0 ? quiet + 1 : 0
    await sleep(POLL_MS)
  }
  await client.end()
}
