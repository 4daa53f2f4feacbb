/**
 * Our Worker, with its passwords hashed elsewhere: `HASHES=here`, in the isolate that serves, as it was once; or at a
 * URL, in another process, as a deployed Durable Object is on another thread. Beside it, what the benchmark asks of the
 * parts: hashes, tokens, and the trips of the requests so far.
 */
import type { Passwords } from '../../../src/core/ports.ts'
import type { Tenant } from '../../../src/core/tenant.ts'
import { joseTokens } from '../../../src/platform/jose-tokens.ts'
import { scryptPasswords } from '../../../src/platform/scrypt-passwords.ts'
import worker from '../../../src/worker.ts'

export { AttemptLimiter, ClusterMetrics, PasswordHasher, PubsubHub } from '../../../src/worker.ts'

type Hashing = Pick<Passwords, 'hash' | 'verify'>
type Call = { readonly hash: [string] } | { readonly verify: [string, string | null] }

const here = scryptPasswords()
const run = (call: Call) => ('hash' in call ? here.hash(...call.hash) : here.verify(...call.verify))

const at = (url: string): Hashing => {
  const ask = async (call: Call) => {
    const answer = await fetch(`${url}/_hash`, { method: 'POST', body: JSON.stringify(call) })
    return answer.json<never>()
  }
  return {
    hash: (password) => ask({ hash: [password] }),
    verify: (password, hash) => ask({ verify: [password, hash] }),
  }
}

const lines: string[] = []
console.log = (line: string) => void lines.push(line)

/** What tokens read of a tenant. */
const tenant = { appId: 'bench', sessionSecret: 'bench', signingKeys: [] } as unknown as Tenant
const tokens = joseTokens()
let signed: string[] = []

const parts: Readonly<Record<string, (request: Request) => Promise<unknown>>> = {
  '/_hash': async (request) => run(await request.json<Call>()),
  '/_trips': async () => lines.splice(0).map((line) => JSON.parse(line) as unknown),
  '/_sign': async (request) => {
    signed = []
    const count = await request.json<number>()
    for (let i = 0; i < count; i++)
      signed.push(
        await tokens.issue(tenant, {
          userId: `${i}`,
          sessionId: `${i}`,
          issuedAt: new Date(),
          expiresAt: null,
        }),
      )
  },
  '/_verify': async () => {
    for (const token of signed)
      if (!(await tokens.verify(tenant, token, new Date())).ok)
        throw new Error('a token of our own is refused')
  },
}

export default {
  async fetch(request, env, execution) {
    const part = parts[new URL(request.url).pathname]
    if (part) return Response.json((await part(request)) ?? null)
    const { HASHES } = env as Env & { readonly HASHES?: string }
    const hasher = HASHES === undefined || HASHES === 'here' ? here : at(HASHES)
    const namespace = { newUniqueId: () => null, get: () => hasher }
    return worker.fetch(
      request,
      HASHES === undefined ? env : { ...env, PASSWORDS: namespace as never },
      execution,
    )
  },
} satisfies ExportedHandler<Env>
