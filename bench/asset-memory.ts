import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { freePort } from '../local/ports.ts'
import { type RunningWorker, startWorker } from '../local/workerd.ts'
import { inspect } from './inspector.ts'

const MIB = 1024 * 1024
const ROUNDS = 10

/** Of each file, what the engine's parts are all needed for. */
const PIPELINES = {
  jpeg: [
    'resize,l_1000/format,avif',
    'resize,l_1600/format,webp',
    'resize,l_1600',
    'resize,l_800/blur,s_5',
    'resize,l_800/format,png',
  ],
  png: ['resize,l_400', 'resize,l_800/format,avif', 'resize,l_1200/format,webp'],
  webp: ['resize,l_400/format,jpg', 'resize,l_800/format,avif', 'resize,l_1200'],
} as const
type Files = Readonly<Record<keyof typeof PIPELINES, Buffer>>

/**
 * What pictures of all kinds take in one isolate, by turns, each sent as it would come from R2. Of the process, beyond what
 * it took before the first: at its peak and after each round; a part of it is workerd's own pages and what V8's compilers
 * have left. Of the isolate, after each round: V8's heap, the bytes of its buffers, and the codecs' memory, which V8 counts
 * in neither.
 */
export async function memoryOfMix(folder: string, files: Files) {
  const inspectorPort = await freePort()
  const server = await startWorker({ bundle: folder, entry: 'images.js', inspectorPort })
  await codecsOf(server)
  const inspector = await inspect(inspectorPort)
  const idle = statusOf(server, 'VmRSS')
  const rows = []
  for (let round = 1; round <= ROUNDS; round++) {
    writeFileSync(`/proc/${server.pid}/clear_refs`, '5')
    for (const kind of ['jpeg', 'png', 'webp'] as const)
      for (const pipeline of PIPELINES[kind]) await post(server, files[kind], `image/${pipeline}`)
    const { totalSize, backingStorageSize } = (await inspector.send('Runtime.getHeapUsage')) as {
      readonly totalSize: number
      readonly backingStorageSize: number
    }
    rows.push({
      round,
      peakMiB: Math.round((statusOf(server, 'VmHWM') - idle) / 1024),
      afterMiB: Math.round((statusOf(server, 'VmRSS') - idle) / 1024),
      heapMiB: Math.round(totalSize / MIB),
      buffersMiB: Math.round(backingStorageSize / MIB),
      codecsMiB: Math.round((await codecsOf(server)) / MIB),
    })
  }
  inspector.close()
  await server.stop()
  return rows
}

/** A field of proc(5) `/proc/<pid>/status`, in KiB. */
export function statusOf({ pid }: Pick<RunningWorker, 'pid'>, field: string): number {
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

async function codecsOf({ url }: RunningWorker): Promise<number> {
  return Number(await (await fetch(url)).text())
}

/** On a connection of its own: workerd closes one that is quiet for as long as a picture takes. */
function post({ url }: RunningWorker, file: Buffer, pipeline: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const to = `${url}/?pipeline=${encodeURIComponent(pipeline)}`
    const sent = request(to, { method: 'POST', agent: false }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${pipeline}: ${response.statusCode}`))
      response.resume()
      response.on('end', () => resolve())
    })
    sent.on('error', reject)
    sent.end(file)
  })
}
