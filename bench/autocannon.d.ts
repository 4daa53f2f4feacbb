declare module 'autocannon' {
  type Options = {
    url: string
    connections: number
    duration?: number
    amount?: number
    overallRate?: number
    requests: readonly {
      method: string
      headers: Readonly<Record<string, string>>
      setupRequest: (request: { readonly headers: Readonly<Record<string, string>> }) => object
      onResponse: (status: number) => void
    }[]
  }
  type Result = {
    errors: number
    duration: number
    requests: { average: number; readonly total: number }
    latency: { p50: number; p99: number }
  }
  export default function autocannon(options: Options): Promise<Result>
}
declare module 'parse-server' {
  export class ParseServer {
    constructor(options: Readonly<Record<string, unknown>>)
    app: import('node:http').RequestListener
    start(): Promise<void>
  }
}
declare module 'express' {
  type App = import('node:http').RequestListener & { use(path: string, handler: unknown): void }
  export default function express(): App
}
