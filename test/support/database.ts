import { mkdtemp, chmod, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startNeonEndpoint } from '../../local/neon/endpoint.ts'
import { startPostgres } from '../../local/postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser's connection string of the Postgres all tests share. */
    databaseUrl: string
    /** `127.0.0.1:PORT` of the local Neon endpoint in front of it. */
    neonEndpoint: string
  }
}

/**
 * Vitest's globalSetup: a throw-away Postgres (or TEST_DATABASE_URL's) behind a local Neon endpoint. Both
 * addresses are read with `inject`; each test makes a schema of its own.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['TEST_DATABASE_URL']
  const postgres = given === undefined ? await throwAway() : { url: given, stop: async () => {} }
  const endpoint = await startNeonEndpoint({ databases: [postgres.url] })
  project.provide('databaseUrl', postgres.url)
  project.provide('neonEndpoint', `127.0.0.1:${endpoint.port}`)
  return async () => {
    await endpoint.close()
    await postgres.stop()
  }
}

/** A Postgres without crash safety in a new folder, which goes with it. */
async function throwAway(): Promise<{ url: string; stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'skygear-test-'))
  // Run by root, Postgres is another user and must be able to enter.
  await chmod(folder, 0o711)
  const postgres = await startPostgres({ dataDir: join(folder, 'pg'), persistent: false, durable: false })
  return {
    url: postgres.url,
    async stop() {
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
