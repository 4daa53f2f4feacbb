export type Inspector = Awaited<ReturnType<typeof inspect>>

/** Chrome's DevTools protocol on the isolate of a Worker that was started with this `inspectorPort`. */
export async function inspect(port: number) {
  const list = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as readonly {
    readonly webSocketDebuggerUrl: string
  }[]
  const socket = new WebSocket(
    list.find(({ webSocketDebuggerUrl }) => webSocketDebuggerUrl.includes('main'))?.webSocketDebuggerUrl ??
      '',
  )
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }))
  const waiting = new Map<number, (result: unknown) => void>()
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as { readonly id: number; readonly result: unknown }
    waiting.get(message.id)?.(message.result)
    waiting.delete(message.id)
  })
  let id = 0
  const send = (method: string, params: object = {}) =>
    new Promise<unknown>((resolve) => {
      waiting.set(++id, resolve)
      socket.send(JSON.stringify({ id, method, params }))
    })

  /** Bytes of the isolate's heap that are still used. */
  async function heapBytes(): Promise<number> {
    // It collects garbage first, which workerd does not do when it is asked for that alone.
    await send('HeapProfiler.takeHeapSnapshot')
    const { usedSize } = (await send('Runtime.getHeapUsage')) as { readonly usedSize: number }
    return usedSize
  }
  return { send, heapBytes, close: () => socket.close() }
}
