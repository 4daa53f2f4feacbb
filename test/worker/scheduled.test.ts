import { createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, inject, it } from 'vitest'
import worker from '../../src/worker.ts'
import { stored, bytes } from '../gear/asset/assets.ts'
import { testApp, type TestApp } from '../support/app.ts'

/** A namespace in which there is no other app: a sweep at another time than the present is not for those. */
const holding = ({ host }: TestApp) =>
  ({
    get: (key: string) => env.TENANTS.get(key),
    list: async () => ({ keys: [{ name: `host:${host}` }], list_complete: true }),
  }) as unknown as KVNamespace

it('the schedule sweeps the files of the apps whose turn it is', async () => {
  const app = await testApp()
  const { name } = await stored(app, bytes(10))
  await app.sql(`delete from ${app.table('_asset')}`)
  const { app_id } = JSON.parse((await env.TENANTS.get(`host:${app.host}`)) ?? '{}') as { app_id: string }
  const key = `${app_id}/${name}`
  const bound = {
    ...env,
    TENANTS: holding(app),
    DATABASE_URL: inject('databaseUrl'),
    NEON_LOCAL_ENDPOINT: inject('neonEndpoint'),
  }
  const run = async (days: number) => {
    const scheduledTime = new Date(Date.now() + days * 24 * 60 * 60 * 1000)
    const controller = createScheduledController({ scheduledTime, cron: '*/10 * * * *' })
    await worker.scheduled(controller, bound)
  }
  await run(0)
  expect(await env.ASSETS.head(key)).not.toBeNull()
  await run(8)
  expect(await env.ASSETS.head(key)).toBeNull()
})
