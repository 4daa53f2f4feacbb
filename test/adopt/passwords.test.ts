import { expect, it } from 'vitest'
import { scryptPasswords } from '../../src/platform/scrypt-passwords.ts'

const verify = (password: string, hash: string) => scryptPasswords().verify(password, hash)
const yes = { ok: true, value: true }
const no = { ok: true, value: false }

/** As Go's bcrypt writes it, at v1's cost. */
const ANA = '$2a$10$e1Gl9URad5gxo6T8BuXg6emHv3J/kR6aOE3z8QHqnODD/IsoqHL0u'

it('a password that v1 hashed is verified as it was typed', async () => {
  expect(await verify('ana-1842', ANA)).toEqual(yes)
  for (const other of ['Ana-1842', 'ana-1842 ', 'ａna-1842', '']) expect(await verify(other, ANA)).toEqual(no)
})

/** The same password at cost 13. */
const DEAR = '$2b$13$kqrqWN1/EbqfaK1A/OaPpeG20hk9WMfKF683J7tQQY1jLmQHSLVYq'

it.each(['$2a$10$tooshort', DEAR, ANA.replace('$10$', '$03$'), ANA.replace('$2a', '$2c')])(
  'a hash that is none, or that an isolate cannot afford, is nobody’s, whatever is typed: %s',
  async (hash) => expect(await verify('ana-1842', hash)).toEqual(no),
)

it('a cheap hash does not answer sooner than one of ours', async () => {
  const started = Date.now()
  expect(await verify('x', '$2b$04$e1Gl9URad5gxo6T8BuXg6emHv3J/kR6aOE3z8QHqnODD/IsoqHL0u')).toEqual(no)
  expect(Date.now() - started).toBeGreaterThanOrEqual(95)
})
