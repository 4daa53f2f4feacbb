import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { newDocument } from '../../src/gateway/document/compose.ts'
import type { Operator } from '../operator-client.ts'
import { writePrivate } from './state.ts'

const NAME = 'demo'
/**
 * Addresses by which every program on this machine reaches the demo app, whatever it resolves. No `default` hosts: every
 * name under localhost would be a gear's.
 */
const ALIASES = ['localhost', '127.0.0.1'] as const

export const DEMO_SCHEMA = `app_${NAME}`

const Demo = v.object({ app: v.string(), host: v.string(), api_key: v.string(), master_key: v.string() })
export type Demo = v.InferOutput<typeof Demo>

/**
 * The demo app, made where it is missing. Its keys are kept in `<data>/demo.json`, since the operator's host shows no
 * secret again: without that file a stored document is replaced, without a document the keys stay as they were.
 */
export async function ensureDemo(operator: Operator, data: string, smtpPort: number): Promise<Demo> {
  const path = join(data, 'demo.json')
  const kept = fs.existsSync(path)
    ? v.safeParse(v.pipe(v.string(), v.parseJson(), Demo), fs.readFileSync(path, 'utf8'))
    : null
  const document = newDocument({
    name: NAME,
    production: false,
    random: (bytes) => randomBytes(bytes).toString('base64url'),
  })
  const demo: Demo = kept?.success
    ? kept.output
    : {
        app: NAME,
        host: `${NAME}.localhost`,
        api_key: document.app_config.clients[0]?.client_id ?? '',
        master_key: document.app_config.master_key,
      }
  if (!kept?.success) writePrivate(path, `${JSON.stringify(demo, null, 2)}\n`)
  if (!kept?.success || (await operator.show(demo.host)) === null) {
    const clients = [{ client_name: 'default', client_id: demo.api_key }]
    const user_verification = { login_id_keys: [{ key: 'email' }] }
    const app_config = { ...document.app_config, master_key: demo.master_key, clients, user_verification }
    await operator.put(demo.host, { ...document, app_config })
  }
  await sendMailTo(smtpPort, operator, demo.host)
  for (const host of ALIASES)
    if ((await operator.show(host)) === null)
      await operator.put(host, { alias_of: demo.host, assignment: 'microservices' })
  return demo
}

const SMTP_HOST = '127.0.0.1'
const Sending = v.looseObject({
  app_config: v.looseObject({
    smtp: v.optional(v.looseObject({ host: v.optional(v.string()), port: v.optional(v.number()) }), {}),
  }),
})

/** Lets the app's mail come to the mailbox on this machine, unless it is sent elsewhere by now. */
async function sendMailTo(port: number, operator: Operator, host: string): Promise<void> {
  const { smtp } = v.parse(Sending, await operator.show(host)).app_config
  if (smtp.host !== undefined && smtp.host !== '' && smtp.host !== SMTP_HOST) return
  if (smtp.host === SMTP_HOST && smtp.port === port) return
  await operator.edit(host, { set: { 'app_config.smtp': { host: SMTP_HOST, port } } })
}
