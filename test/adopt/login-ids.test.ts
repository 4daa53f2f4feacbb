import { expect, it } from 'vitest'
import { assignLoginIds } from '../../src/adopt/login-ids.ts'

const username = (user_id: string, value: string) => ({ user_id, key: 'username', value })

it('a login id is kept as typed, beside the form by which it is looked up', () => {
  expect(assignLoginIds([username('1', 'Ana')], [])).toEqual({
    granted: [{ ...username('1', 'Ana'), folded: 'ana' }],
    refused: [],
  })
})

it('of users who are one here, the older one gets it', () => {
  const { granted, refused } = assignLoginIds(
    [username('1', 'finn'), username('2', 'ﬁnn'), username('3', 'FINN')],
    [],
  )
  expect(granted.map(({ user_id }) => user_id)).toEqual(['1'])
  expect(refused).toEqual([
    { ...username('2', 'ﬁnn'), why: 'is an older user’s too' },
    { ...username('3', 'FINN'), why: 'is an older user’s too' },
  ])
})

it('what somebody has already stays theirs', () => {
  const { granted, refused } = assignLoginIds([username('1', 'Ana')], [{ key: 'username', folded: 'ana' }])
  expect([granted.length, refused.length]).toEqual([0, 1])
})

it('a username may be another user’s email', () => {
  const email = { user_id: '2', key: 'email', value: 'ana@example.com' }
  expect(assignLoginIds([username('1', 'ana@example.com'), email], []).refused).toEqual([])
})

it.each(['', 'x'.repeat(513)])('what is no login id here is not given out', (value) => {
  expect(assignLoginIds([username('1', value)], []).granted).toEqual([])
})
