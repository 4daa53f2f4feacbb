import type { TenantRegistry } from '../core/registry.ts'

/**
 * The hosts of the apps whose turn it is, so many at a time: every round goes on where the one before ended, by nothing
 * but its number. Aliases are no apps; suspended apps have their turn, as their data stays.
 */
export async function hostsOfRound(
  registry: Pick<TenantRegistry, 'list'>,
  round: number,
  most: number,
): Promise<readonly string[]> {
  const keys = await registry.list('host:')
  const hosts = keys
    .filter(({ summary }) => summary?.alias_of === undefined)
    .map(({ key }) => key.slice('host:'.length))
    .toSorted()
  const rounds = Math.max(1, Math.ceil(hosts.length / most))
  const from = (round % rounds) * most
  return hosts.slice(from, from + most)
}
