import { normalizeHost } from '../../src/gateway/hosts.ts'
import { hostFault } from '../../src/gateway/operations/names.ts'
import { UsageError } from '../command-line.ts'
import { dataDir } from '../dev/state.ts'
import type { Operator } from '../operator-client.ts'
import { withOperator } from './operator.ts'
import { domain, platform } from './platform.ts'
import { withRemote } from './remote.ts'

/** What every command takes: where to work, and how to answer. */
export const common = {
  data: {
    type: 'string',
    valueHint: 'dir',
    description: "The local system's data directory (default .data)",
  },
  remote: {
    type: 'boolean',
    description: 'The deployed namespace, through wrangler (which must be logged in), not the local one',
  },
  json: {
    type: 'boolean',
    description: 'One JSON value on stdout; of an error {"error":{"name","message"}}',
  },
} as const

export const app = { type: 'positional', required: true, description: 'an app or a host of it' } as const

/** Gives `use` the operator that the arguments mean. */
export const withTarget = <T>(
  { data, remote = false }: { readonly data?: string | undefined; readonly remote?: boolean | undefined },
  use: (operator: Operator) => Promise<T>,
): Promise<T> => (remote ? withRemote(use) : withOperator(dataDir(data), use))

/**
 * The host that a person means: the default host of an app of this name, the host, then the app wherever it is.
 * @throws Error where it is none of these
 */
export async function hostOf(operator: Operator, of: string): Promise<string> {
  for (const name of [`${of}.${domain()}`, of]) {
    const host = normalizeHost(name)
    if (host && (await operator.show(host)) !== null) return host
  }
  const row = (await operator.list()).find(({ app_id }) => app_id === of)
  if (!row) throw new Error(`no app and no host "${of}": see npm run tenant -- list`)
  return row.host
}

/** A tenant's key has no port and is lower case; a host given otherwise is one that was not understood. */
export function hostFrom(text: string): string {
  const host = normalizeHost(text)
  if (host === null || host !== text.toLowerCase()) throw new UsageError(`"${text}" is no hostname`)
  const fault = hostFault(host, platform())
  if (fault !== null) throw new UsageError(fault)
  return host
}

/** Prints an answer: as JSON if asked for, else the lines for a person. */
export function answer(json: boolean | undefined, value: unknown, lines: readonly string[]): void {
  console.log(json ? JSON.stringify(value) : lines.join('\n'))
}
