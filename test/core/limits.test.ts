import { expect, it } from 'vitest'
import * as limits from '../../src/core/limits.ts'

const all = Object.entries(limits)

it.each(all)('%s is a positive whole number: %i', (name, value) => {
  expect(Number.isSafeInteger(value) && value > 0, name).toBe(true)
})

it.each(all)('%s says its unit or what it counts, and that it is a bound', (name) => {
  expect(name).toMatch(/_(MAX|MIN)$|_SECONDS$/)
})

it('leaves a record key room beside the other columns of its index', () => {
  // A b-tree row is at most a third of a page of 8 KiB; the key shares it with two more texts.
  expect(limits.RECORD_KEY_BYTES_MAX).toBeLessThan(8192 / 3 / 2)
})

it('keeps the identifier of a record type within what Postgres would cut', () => {
  expect(limits.IDENTIFIER_BYTES_MAX).toBe(63)
})
