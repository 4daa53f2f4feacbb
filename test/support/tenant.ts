import type { Tenant } from '../../src/core/tenant.ts'

/** An app for tests that need one but no database: pass what the test is about. */
export const aTenant = (given: Partial<Tenant> = {}): Tenant => ({
  appId: 'notes',
  appName: 'notes',
  schema: 'app_notes',
  databaseUrl: 'postgres://nobody@db.invalid/none',
  masterKey: 'master-key',
  clients: [{ id: 'client-key' }],
  developmentMode: true,
  signingKeys: [],
  sessionSecret: 'session-secret',
  sections: {},
  ...given,
})
