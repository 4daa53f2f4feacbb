import { describe, expect, it } from 'vitest'
import { zxcvbnStrength } from '../../src/platform/zxcvbn-strength.ts'

describe('how well a password can be guessed', () => {
  const strength = zxcvbnStrength()

  it.each([
    ['password', 0],
    ['P4ssw0rd', 0],
    ['qwertyuiop', 0],
    ['nbvcxzlkjhgf', 1],
    ['1987-06-05', 1],
    ['x7$Kp!2qLz', 3],
    ['hJ7-mgwq-9PvT', 4],
  ])('%s is %i', async (password, score) => {
    expect(await strength.score(password, [])).toBe(score)
  })

  it('is less where it is made of its user’s own words', async () => {
    expect(await strength.score('Hieronymus-77', ['ana'])).toBe(4)
    expect(await strength.score('Hieronymus-77', ['ana', 'hieronymus'])).toBe(1)
  })

  it.each([
    ['a word over and over', 'p4ssw0rd'.repeat(500)],
    ['substitutes for letters', '4@8({[<369&#!1/|0$5+7%2'.repeat(170)],
    ['one letter', 'a'.repeat(4096)],
    ['pairs', 'aA1!'.repeat(1000)],
  ])(
    'an attacker’s longest password keeps the isolate busy no longer than a hash or two: %s',
    async (_, password) => {
      await strength.score('warm', [])
      const started = performance.now()
      await strength.score(
        password,
        Array.from({ length: 1000 }, (_, i) => `${i}`.repeat(1000)),
      )
      expect(performance.now() - started).toBeLessThan(1000)
    },
  )
})
