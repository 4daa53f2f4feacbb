import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle, putTenant, startWorker, type RunningWorker } from '../../local/workerd.ts'
import { newDocument } from '../../src/gateway/document/compose.ts'

/** The host of workerd's own URL. */
const HOST = '127.0.0.1'
/** A password that leaked often, and one that nobody has used. */
const LEAKED = 'iloveyou'

describe('the words that passwords are guessed by', () => {
  let dir: string
  let tenants: string
  let worker: RunningWorker
  const document = newDocument({ name: 'strict', random: () => crypto.randomUUID(), production: false })
  beforeAll(async () => {
    dir = bundle('wrangler.toml')
    tenants = await mkdtemp(join(tmpdir(), 'skygear-strict-'))
    const app_config = { ...document.app_config, password_policy: { minimum_guessable_level: 3 } }
    putTenant(tenants, `host:${HOST}`, JSON.stringify({ ...document, app_config }))
    const bindings = { DATABASE_URL: 'postgres://nobody@nowhere.invalid/none', LOG_SAMPLE: '0' }
    worker = await startWorker({ bundle: dir, entry: 'worker.js', bindings, tenants })
  }, 60_000)
  afterAll(async () => {
    await worker?.stop()
    await rm(dir, { recursive: true, force: true })
    await rm(tenants, { recursive: true, force: true })
  })

  it('are beside the script that every isolate starts with, not in it', async () => {
    const texts = await Promise.all(
      (await readdir(dir))
        .filter((name) => /\.(js|json)$/.test(name))
        .map(async (name) => [name, await readFile(join(dir, name), 'utf8')] as const),
    )
    const holding = texts.filter(([, text]) => text.includes(LEAKED)).map(([name]) => name)
    expect(holding).toEqual([expect.stringMatching(/-passwords\.json$/)])
  })

  it('are read by the deployed Worker where an app asks for it', async () => {
    const response = await fetch(`${worker.url}/auth/signup`, {
      method: 'POST',
      headers: { 'x-skygear-api-key': document.app_config.clients[0]?.client_id ?? '' },
      body: JSON.stringify({ auth_data: { username: 'ana' }, password: LEAKED }),
    })
    expect(await response.json()).toMatchObject({
      error: { code: 126, info: { reason: 'PasswordBelowGuessableLevel', min_level: 3, pw_level: 1 } },
    })
  })
})
