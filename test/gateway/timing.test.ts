import { expect, it } from 'vitest'
import { timing } from '../../src/gateway/timing.ts'

it('gives each stage what passed since the one before, parts apart, and the whole', () => {
  let now = 100
  const stages = timing(() => now)
  now = 103
  stages.end('host')
  stages.add('sql', 4)
  stages.add('sql', 2)
  now = 110
  stages.end('action')
  expect(stages.header()).toBe('host;dur=3.0, sql;dur=6.0, action;dur=7.0, total;dur=10.0')
  expect(stages.total()).toBe(10)
})
