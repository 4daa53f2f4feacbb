import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { newDocument } from '../../src/gateway/document/compose.ts'
import { accepted } from './document.fixture.ts'

const random = (bytes: number) => `random-${bytes}`

describe('a new document', () => {
  it.each([true, false])('is complete, and parses without a warning (production: %s)', (production) => {
    const composed = newDocument({ name: 'notes', random, production })
    const record = v.object({ development_mode: v.boolean() })
    const { document, warnings } = accepted(composed, { record })
    expect(warnings).toEqual([])
    expect(document).toMatchObject({
      app_id: 'notes',
      app_name: 'notes',
      plan: 'default',
      database_config: { database_schema: 'app_notes' },
      gear_config: { record: { development_mode: !production } },
      app_config: {
        master_key: 'random-32',
        clients: [{ client_name: 'default', client_id: 'random-16' }],
        auth: { authentication_session: { secret: 'random-32' } },
        hook: { secret: 'random-32' },
        asset: { secret: 'random-32' },
      },
    })
  })
})
