import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** Real Postgres for every project; real workerd for the gears; the whole system for conformance. */
export default defineConfig({
  test: {
    root: '.',
    globalSetup: ['test/support/database.ts'],
    // By default one less than there are processors: on a small machine Postgres would have the other for itself.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          include: [
            'test/{core,gateway,migrate,query,local,cli,faults,store}/**/*.test.ts',
            'test/tidy.test.ts',
          ],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: {
          name: 'workerd',
          globalSetup: ['test/platform/images/sharp-server.ts'],
          include: ['test/{gear,platform,worker,isolation,adopt}/**/*.test.ts'],
          // Every test makes its own app; loading the modules once instead of per file halves the time.
          isolate: false,
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'conformance',
          environment: 'node',
          include: ['test/conformance/**/*.test.ts'],
          globalSetup: ['test/conformance/system.ts'],
          testTimeout: 30_000,
        },
      },
    ],
  },
})
