import { defineCommand } from 'citty'
import { startMailbox } from '../local/mailbox/mailbox.ts'
import { freePort } from '../local/ports.ts'
import { readModules } from '../src/migrate/files.ts'
import { oneLine, report, runCli, wholeNumber } from './command-line.ts'
import { banner } from './dev/banner.ts'
import { connect } from './database.ts'
import { startDatabase, type DevDatabase } from './dev/database.ts'
import { DEMO_SCHEMA, ensureDemo } from './dev/demo.ts'
import { lifetime, type Lifetime } from './dev/lifetime.ts'
import { claim, dataDir, writeState } from './dev/state.ts'
import { startWrangler } from './dev/wrangler.ts'
import { migrateOn } from './migrate/session.ts'
import { OPERATOR_HOST, operatorBy, sendToPort } from './operator-client.ts'

const PORT_MAX = 65_535
const PARENT_POLL_MS = 250

const dev = defineCommand({
  meta: {
    name: 'npm run dev --',
    description:
      'Starts the whole system on this machine: Postgres, migrations, a demo app and the Worker. ' +
      'DATABASE_URL, if set, is used instead of the embedded Postgres.',
  },
  args: {
    port: { type: 'string', default: '8787', description: 'Where the Worker listens, on 127.0.0.1' },
    data: { type: 'string', valueHint: 'dir', description: 'Where everything is kept (default .data)' },
    reset: { type: 'boolean', description: 'Throw away what is kept and start afresh' },
    json: {
      type: 'boolean',

      description: 'Print one line of JSON when ready, and the log on stderr',
    },
  },
  run: ({ args }) =>
    run({
      port: wholeNumber('--port', args.port, 1, PORT_MAX),
      data: dataDir(args.data),
      reset: args.reset ?? false,
      json: args.json ?? false,
    }),
})

type Options = {
  readonly port: number
  readonly data: string
  readonly reset: boolean
  readonly json: boolean
}

/** Runs until a signal or the end of a part; then nothing is left running, and this process ends. */
async function run(options: Options): Promise<never> {
  const life = lifetime()
  const log = options.json ? console.error : console.log
  const signal = new Promise<void>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => resolve())
    if (process.env['npm_lifecycle_event']) whenOrphaned(resolve)
  })
  try {
    const died = start(options, life, log)
    // A signal during the start makes its parts fail as they are stopped: that is no error.
    died.catch(() => undefined)
    const fault = await Promise.race([signal, died.then((part) => part())])
    if (fault !== undefined) report(new Error(fault), false)
    else log('stopping')
  } catch (cause) {
    report(cause, false)
  }
  await life.end()
  process.exit()
}

/** @returns once all runs, a function that waits for a part to end by itself and says which */
async function start(
  options: Options,
  life: Lifetime,
  log: (line: string) => void,
): Promise<() => Promise<string>> {
  const { port, data, json } = options
  const begun = Date.now()
  const tick = (what: string, since: number) => log(`✓ ${what}  ${seconds(since)}`)
  const operatorKey = claim(data, options.reset)
  await life.begin(Promise.resolve(), () => writeState(data, { operatorKey }))
  await freePort(port)

  const database = await startDatabase(process.env['DATABASE_URL'] || undefined, data, life)
  tick(database.name, begun)
  const url = `http://localhost:${port}`
  const known = { operatorKey, databaseUrl: database.url, neonEndpoint: database.endpoint }
  writeState(data, { pid: process.pid, url, port, ...known })

  // Beside the Worker, so that they are where they were the last time.
  const mailbox = await life.begin(startMailbox(port + 1, port + 2), ({ close }) => close())

  const startedWorker = Date.now()
  const operator = operatorBy(sendToPort(port, operatorKey))
  const wrangler = startWrangler({
    data,
    port,
    log,
    probe: () => operator.list(),
    variables: variablesOf(database, operatorKey),
  })
  await life.begin(Promise.resolve(wrangler), ({ stop }) => stop())
  const migrated = migrateDemo(database.url).then((what) => tick(what, startedWorker))
  await Promise.all([wrangler.ready, migrated])
  tick(`Worker on port ${port}`, startedWorker)

  const demo = await ensureDemo(operator, data, mailbox.smtpPort)
  const { api_key, master_key, host } = demo
  const operator_url = `http://${OPERATOR_HOST}:${port}`
  log(`✓ ready in ${seconds(begun)}`)
  if (json)
    console.log(
      JSON.stringify({
        url,
        operator_url,
        api_key,
        master_key,
        host,
        database_url: database.url,
        mailbox_url: mailbox.url,
      }),
    )
  else log(banner(demo, port, mailbox))
  return () =>
    Promise.race([
      wrangler.ended.then((said) => `the Worker has ended: ${said}`),
      database.ended.then(() => `Postgres has ended: see the log beside ${data}/postgres`),
    ])
}

function variablesOf(database: DevDatabase, operatorKey: string): Record<string, string> {
  return {
    DATABASE_URL: database.url,
    ...(database.endpoint !== null && { NEON_LOCAL_ENDPOINT: database.endpoint }),
    OPERATOR_KEY: operatorKey,
    ...(process.env['TENANT_SEAL_KEY'] && { TENANT_SEAL_KEY: process.env['TENANT_SEAL_KEY'] }),
    OPERATOR_HOST,
    CLUSTER_DOMAIN: 'localhost',
    // A change of a document shows at once.
    TENANT_CACHE_SECONDS: '0',
  }
}

async function migrateDemo(url: string): Promise<string> {
  const client = await connect(url)
  try {
    const reports = await migrateOn(client, DEMO_SCHEMA, readModules(), {})
    const moved = reports.filter(({ from, to }) => from !== to).map(({ module }) => module)
    return `schema ${DEMO_SCHEMA} ${moved.length > 0 ? `migrated: ${moved.join(', ')}` : 'at head'}`
  } catch (cause) {
    throw new Error(`the schema ${DEMO_SCHEMA} cannot be migrated: ${oneLine(cause)}`, { cause })
  } finally {
    await client.end()
  }
}

/** A SIGTERM for npm ends it and the shell between us, and never comes here. */
function whenOrphaned(then: () => void): void {
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && then(), PARENT_POLL_MS).unref()
}

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`

await runCli(dev)
