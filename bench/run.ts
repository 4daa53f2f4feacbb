/**
 * npm run bench [-- NAME [options]]
 *
 * `requests` by default: our Worker beside its peers. The others: what each one's own file says.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const NAMES = [
  'requests',
  'record',
  'auth',
  'tenants',
  'start-up',
  'bundle',
  'memory',
  'schemas',
  'migrate',
  'neon',
  'profile',
  'asset',
]

/** `record.ts` is what writes results. */
const FILES: Readonly<Record<string, string>> = { record: 'records' }

const [first = 'requests', ...rest] = process.argv.slice(2)
const [name, options] = first.startsWith('--') ? ['requests', [first, ...rest]] : [first, rest]
if (!NAMES.includes(name)) {
  console.error(`no benchmark "${name}": one of ${NAMES.join(', ')}`)
  process.exit(2)
}
const { status } = spawnSync(
  process.execPath,
  [join(import.meta.dirname, `${FILES[name] ?? name}.ts`), ...options],
  {
    stdio: 'inherit',
  },
)
process.exit(status ?? 1)
