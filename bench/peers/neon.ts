/** The local Neon endpoint in a process of its own, as Neon's proxy is: `node neon.ts DATABASE_URL POOL_SIZE`. */
import { startNeonEndpoint } from '../../local/neon/endpoint.ts'

const [, , databaseUrl = '', poolSize = '20'] = process.argv
const endpoint = await startNeonEndpoint({ databases: [databaseUrl], poolSize: Number(poolSize) })
console.log(`ready ${endpoint.port}`)
process.on('SIGTERM', () => void endpoint.close().then(() => process.exit(0)))
