import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where `sharp.ts` finds the sharp that runs in Node. */
    sharpUrl: string
  }
}

/** One picture to make: sharp's methods by name, in their order. */
export type SharpJob = {
  readonly options: object
  readonly calls: readonly (readonly [method: string, ...args: readonly unknown[]])[]
}

/**
 * Vitest's globalSetup for tests that run in workerd, where sharp cannot: it does there what they say. The body is the
 * input, the job is in the address.
 */
export default async function setup(project: TestProject): Promise<() => void> {
  const server = createServer((request, response) => {
    done(request).then(
      ({ data, info }) => {
        const { width, height, channels } = info
        response.writeHead(200, { 'x-picture': JSON.stringify({ width, height, channels }) }).end(data)
      },
      (cause: unknown) => response.writeHead(500).end(String(cause)),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  project.provide('sharpUrl', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return () => server.close()
}

async function done(request: IncomingMessage) {
  const { default: sharp } = await import('sharp')
  const { options, calls } = JSON.parse(
    new URL(request.url ?? '', 'http://x').searchParams.get('job') ?? '{}',
  ) as SharpJob
  const input = Buffer.concat(await request.toArray())
  const start = input.length > 0 ? sharp(input, options) : sharp(options)
  const made = calls.reduce((chain: unknown, [method, ...args]) => {
    const call: unknown = Reflect.get(Object(chain), method)
    if (typeof call !== 'function') throw new Error(`sharp has no ${method}`)
    return Reflect.apply(call, chain, args.map(withBytes))
  }, start) as typeof start
  return made.toBuffer({ resolveWithObject: true })
}

/** Bytes travel as base64 under `base64`: a mark of `composite`. */
function withBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBytes)
  if (typeof value !== 'object' || value === null) return value
  if ('base64' in value) return Buffer.from(String(value.base64), 'base64')
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withBytes(each)]))
}
