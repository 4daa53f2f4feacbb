import { Client, neonConfig } from '@neondatabase/serverless'
import { inject } from 'vitest'

/** A session on the tests' Postgres, by the driver itself. */
export async function connectedSession(): Promise<Client> {
  neonConfig.wsProxy = `${inject('neonEndpoint')}/v1`
  neonConfig.useSecureWebSocket = false
  neonConfig.pipelineTLS = false
  neonConfig.pipelineConnect = false
  const client = new Client(inject('databaseUrl'))
  // The local endpoint ends a session abruptly.
  client.on('error', () => undefined)
  await client.connect()
  return client
}
