import { describe, expect, it } from 'vitest'
import { hostsOfRound } from '../../src/gateway/rounds.ts'
import { fakeRegistry } from '../support/registry.ts'

describe('the hosts of a round', () => {
  const registry = fakeRegistry({
    'host:c': '',
    'host:a': '',
    'host:b': '',
    'host:d': '',
    'host:e': '',
    'plan:x': '',
  })
  registry.summaries.set('host:b', { alias_of: 'a' })

  it('are all apps in turn, so many at a time, and no alias', async () => {
    const rounds = await Promise.all([0, 1, 2, 3].map((round) => hostsOfRound(registry, round, 3)))
    expect(rounds).toEqual([['a', 'c', 'd'], ['e'], ['a', 'c', 'd'], ['e']])
  })

  it('are none where there are no apps', async () => {
    expect(await hostsOfRound(fakeRegistry(), 7, 3)).toEqual([])
  })
})
