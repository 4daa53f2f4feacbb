import type { Answer, Json, TestApp } from '../../support/app.ts'
import { authApp, patiently } from './auth-app.ts'

export const FEW = { count: 3, seconds: 600 }

/** An app that lets so many through, and how it is called from an address, as Cloudflare's edge tells it. */
export async function limitedApp(limits: Json, options: { production?: boolean } = {}) {
  const app = await authApp({ limits }, {}, options)
  const from =
    (address: string | null, headers: Readonly<Record<string, string>> = {}) =>
    (action: string, body: Json, key = app.apiKey) =>
      patiently(async () => {
        const edge = { ...headers, ...(address !== null && { 'cf-connecting-ip': address }) }
        return call(app, action, body, { 'x-skygear-api-key': key, ...edge })
      })
  return { app, from }
}

async function call(app: TestApp, action: string, body: Json, headers: Readonly<Record<string, string>>) {
  const response = await app.send(`/${action.replaceAll(':', '/')}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  const text = await response.text()
  const trips = app.logOf(response.headers.get('x-skygear-request-id'))?.trips ?? NaN
  return { status: response.status, text, json: JSON.parse(text) as Json, headers: response.headers, trips }
}

export const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status)
/** One after the other. */
export async function each<T>(
  items: readonly T[],
  run: (item: T) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (const item of items) answers.push(await run(item))
  return answers
}
