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
  passwordPolicy: {
    min_length: 0,
    uppercase_required: false,
    lowercase_required: false,
    digit_required: false,
    symbol_required: false,
    minimum_guessable_level: 0,
    excluded_keywords: [],
    history_size: 0,
    history_days: 0,
    expiry_days: 0,
  },
  sections: {},
  ...given,
})
