import { describe, expect, inject, it } from 'vitest'
import { client, PASSWORD, tokenOf, unique } from './client.ts'
import { call, expectFailure } from './wire.ts'

const { demo, mailbox } = inject('system')

type Mail = { readonly to: readonly string[]; readonly text: string }

/** The latest mail to somebody, once it is there. */
async function mailTo(address: string, count = 1): Promise<string> {
  const theirs = async () => {
    const mails = (await (await fetch(mailbox)).json()) as readonly Mail[]
    return mails.filter(({ to }) => to.includes(address))
  }
  await expect.poll(async () => (await theirs()).length, { timeout: 10_000 }).toBe(count)
  return (await theirs()).at(-1)?.text ?? ''
}
const linkIn = (text: string) => new URL(/https?:\/\/\S+/.exec(text)?.[0] ?? 'missing:')

const newUser = async () => {
  const email = `${unique('ana')}@example.org`
  const as = await client(demo)
  return { as, email, user: await as.auth.signupWithEmail(email, PASSWORD) }
}

describe('a forgotten password', () => {
  it('§4.13 is reset by the code that forgotPassword mails; older sessions end', async () => {
    const { as, email, user } = await newUser()
    const token = tokenOf(as)
    const lost = await client(demo)
    expect(await lost.auth.forgotPassword(email)).toEqual({ status: 'OK' })
    const { searchParams } = linkIn(await mailTo(email))
    const userId = searchParams.get('user_id') ?? ''
    expect(user.id).toBe(`user/${userId}`)
    const reset = (password: string) =>
      lost.auth.resetPassword(
        userId,
        searchParams.get('code') ?? '',
        Number(searchParams.get('expire_at')),
        password,
      )
    expect(await reset('another horse')).toEqual({ status: 'OK' })

    expect((await lost.auth.loginWithEmail(email, 'another horse')).id).toBe(user.id)
    await expect((await client(demo)).auth.loginWithEmail(email, PASSWORD)).rejects.toMatchObject({
      error: { code: 105 },
    })
    expectFailure(await call(demo, 'me', {}, { token }), 104)
    await expect(reset('replayed horse')).rejects.toMatchObject({ status: 404, error: { code: 110 } })
  })

  it('§4.13 is reset by the form that the link leads to', async () => {
    const { email } = await newUser()
    await (await client(demo)).auth.forgotPassword(email)
    const link = linkIn(await mailTo(email))
    expect(await (await fetch(link)).text()).toContain('<form method="post"')
    const done = await fetch(link, {
      method: 'POST',
      body: new URLSearchParams({ password: 'form horse', confirm: 'form horse' }),
    })
    expect(done.status).toBe(200)
    await (await client(demo)).auth.loginWithEmail(email, 'form horse')
  })

  it('§4.13 of an address that nobody has gets the same answer', async () => {
    const { auth } = await client(demo)
    expect(await auth.forgotPassword(`${unique('nobody')}@example.org`)).toEqual({ status: 'OK' })
  })
})

describe('verification', () => {
  it('§4.13 requestVerification mails a code, by which verifyUserWithCode verifies the user', async () => {
    const { as, email } = await newUser()
    expect(await as.auth.requestVerification('email')).toBeUndefined()
    const code = linkIn(await mailTo(email)).searchParams.get('code') ?? ''
    await expect(as.auth.verifyUserWithCode('WRONG')).rejects.toMatchObject({ error: { code: 108 } })
    const user = await as.auth.verifyUserWithCode(code)
    expect({ ...user }).toMatchObject({ email, email_verified: true, is_verified: true })
    await expect(as.auth.verifyUserWithCode(code)).rejects.toMatchObject({ error: { code: 108 } })
  })

  it('§4.13 refuses a field that is not verified here', async () => {
    const { as } = await newUser()
    await expect(as.auth.requestVerification('username')).rejects.toMatchObject({ error: { code: 108 } })
  })
})
