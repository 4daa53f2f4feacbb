import { createHash } from 'node:crypto'
import { hashSync } from 'bcryptjs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bcrypt, bcryptBase64 } from '../../src/platform/bcrypt.ts'
import { scryptPasswords } from '../../src/platform/scrypt-passwords.ts'

const verify = (password: string, hash: string) => scryptPasswords().verify(password, hash)
const yes = { ok: true, value: true }
const no = { ok: true, value: false }

describe('a password that Skygear v2 hashed', () => {
  const LONG = 'password12345678'.repeat(5)

  // The v2 auth reference, section 14.
  it.each([
    ['password', '$bcrypt-sha512$$2a$10$qQybX3kAJNT2YqYRVmbfjO5EhgWm6vV4cWmXo2ZATAuBmCyJM2fKu'],
    [LONG, '$bcrypt-sha512$$2a$10$zDrD87PynMMSNjLGHu0y.uBZ8qf8j75xiBYmAK9QPqk7zqFvLigQi'],
    ['password', '$2a$10$4yzWhYLTp56Aire5CaS2EuUQjs0TiDa83faJe095mUeajNJUyrJDK'],
    ['123456', '$2a$10$/jm/S1sY6ldfL6UZljlJdOAdJojsJfkjg/pqK47Q8WmOLE19tGWQi'],
  ])('is verified: %s', async (password, hash) => {
    expect(await verify(password, hash)).toEqual(yes)
    expect(await verify(`${password.slice(0, -1)}!`, hash), 'the last character counts').toEqual(no)
  })

  it('is not verified by the digest itself, nor as what the prefix does not say', async () => {
    const hash = '$2a$10$qQybX3kAJNT2YqYRVmbfjO5EhgWm6vV4cWmXo2ZATAuBmCyJM2fKu'
    const digest = createHash('sha512').update('password').digest()
    expect(await verify(digest.toString('latin1'), `$bcrypt-sha512$${hash}`)).toEqual(no)
    expect(await verify('password', hash)).toEqual(no)
  })

  it.each(['$bcrypt-sha512$', '$bcrypt-sha256$$2a$10$', '$bcrypt-sha512$$2a$13$', '$bcrypt-sha512$$2a$03$'])(
    'is nobody’s where its hash begins %s',
    async (start) => {
      const rest = 'qQybX3kAJNT2YqYRVmbfjO5EhgWm6vV4cWmXo2ZATAuBmCyJM2fKu'
      expect(await verify('password', `${start}${rest}`)).toEqual(no)
    },
  )

  it('is outdated: the next login replaces its hash', () => {
    expect(scryptPasswords().isOutdated('$bcrypt-sha512$$2a$10$x')).toBe(true)
  })
})

describe('bcrypt', () => {
  it('of any text is what the library for texts makes of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (text) => {
        const hash = hashSync(text, 4)
        const [salt, rest] = [hash.slice(7, 29), hash.slice(29)]
        expect(bcrypt(Buffer.from(text), bcryptBase64(salt), 4)).toEqual(bcryptBase64(rest))
      }),
      { numRuns: 30 },
    )
  })

  it('takes a NUL as a byte like others', () => {
    const salt = Buffer.alloc(16, 7)
    const of = (...bytes: number[]) => bcrypt(Buffer.of(...bytes), salt, 4).toString('hex')
    expect(of(1, 0, 2)).not.toBe(of(1))
    expect(of(1, 0, 2)).not.toBe(of(1, 0, 3))
  })
})
