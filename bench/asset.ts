/**
 * node bench/asset.ts [--repetitions 7] [--only 'jpeg 800' | memory | store]
 *
 * Pictures made smaller, in workerd and by sharp in Node: the same file, the same size and format, in turn. Time is from
 * the request to the last byte, the file being in memory already; memory is what workerd's process takes beyond what it
 * took before the first picture, at its peak: code, heap and WASM memories together, beside a Node with sharp that makes
 * the same; and what pictures of all kinds take by turns, in the process and in the isolate. Then bytes in and out through
 * the whole system, what a large file takes of memory there, and a picture that is made beside the same one kept.
 * `--only memory` is the pictures by turns, `--only store` the system, and nothing else; neither is recorded.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { ssim } from 'ssim.js'
import { bundle, type RunningWorker, startWorker } from '../local/workerd.ts'
import { memoryOfMix, statusOf } from './asset-memory.ts'
import { photograph } from './asset-pictures.ts'
import { bySharp, peakOfSharp, type SharpJob } from './asset-sharp.ts'
import { storeFigures } from './asset-store.ts'
import { record } from './record.ts'
import { median, spread } from './statistics.ts'

const { values: flags } = parseArgs({
  options: { repetitions: { type: 'string', default: '7' }, only: { type: 'string', default: '' } },
})
const repetitions = Math.min(50, Number(flags.repetitions))
/** What the difference between a picture that is made and one that was is measured by. */
const STORED_PIPELINE = 'image/resize,l_800'
/** Pictures that each fresh process makes before its peak is read. */
const MEMORY_PICTURES = 5

type Scenario = {
  readonly name: string
  readonly file: Buffer
  readonly pipeline: string
  readonly sharp: SharpJob
}

sharp.cache(false)
const phone = await photograph(4000, 3000)
const jpeg = await phone.clone().withMetadata({ orientation: 6 }).jpeg({ quality: 90 }).toBuffer()
const progressive = await phone
  .clone()
  .withMetadata({ orientation: 6 })
  .jpeg({ quality: 90, progressive: true })
  .toBuffer()
const png = await (await photograph(2309, 1732)).png().toBuffer()
const webp = await (await photograph(2309, 1732)).webp({ quality: 90 }).toBuffer()
console.log(`12 MP jpeg of ${jpeg.length} bytes, 4 MP png of ${png.length}`)

const small = (file: Buffer, side: number, format: 'jpeg' | 'webp') => ({
  file,
  pipeline: `image/resize,l_${side}/format,${format === 'jpeg' ? 'jpg' : format}`,
  sharp: { side, format },
})
const scenarios: readonly Scenario[] = [
  ...[200, 800, 1600].flatMap((width) =>
    (['jpeg', 'webp'] as const).map((format) => ({
      name: `12 MP jpeg to ${format} ${width}`,
      ...small(jpeg, width, format),
    })),
  ),
  { name: '12 MP progressive jpeg to jpeg 800', ...small(progressive, 800, 'jpeg') },
  {
    name: '4 MP png to png 400',
    file: png,
    pipeline: 'image/resize,l_400',
    sharp: { side: 400, format: 'png' },
  },
  { name: '4 MP png to jpeg 400', ...small(png, 400, 'jpeg') },
]

const folder = bundle('bench/peers/wrangler.toml', 'bench/peers/images.ts')
const start = () => startWorker({ bundle: folder, entry: 'images.js' })

const results = []
for (const scenario of scenarios) {
  if (!scenario.name.includes(flags.only)) continue
  results.push({
    ...(await compared(scenario)),
    peakMiB: await peakOf(scenario),
    sharpPeakMiB: peakOfSharp(scenario.file, scenario.sharp, MEMORY_PICTURES),
  })
}
console.table(results)
const isMemory = flags.only === '' || flags.only === 'memory'
const memory = isMemory ? await memoryOfMix(folder, { jpeg, png, webp }) : []
console.table(memory)
if (flags.only === 'memory') process.exit()
const steps = flags.only === '' ? await costsOfSteps() : []
console.table(steps)
const store = await storeFigures(jpeg, STORED_PIPELINE, repetitions)
console.table(store.transfer)
console.table(store.memory)
console.table([store.variant])
if (flags.only === 'store') process.exit()
record('asset', {
  sharp: sharp.versions.sharp,
  repetitions,
  bytesIn: { jpeg: jpeg.length, png: png.length },
  results,
  memory,
  steps,
  store,
})

async function compared({ name, file, pipeline, sharp: job }: Scenario) {
  const server = await start()
  await put(server, file)
  const [ours, theirs]: [number[], number[]] = [[], []]
  let [mine, other] = [await get(server, pipeline), await bySharp(file, job).toBuffer()]
  for (let i = 0; i < repetitions; i++) {
    const started = performance.now()
    mine = await get(server, pipeline)
    const between = performance.now()
    other = await bySharp(file, job).toBuffer()
    ours.push(between - started)
    theirs.push(performance.now() - between)
  }
  await server.stop()
  const row = {
    name,
    ms: rounded(median(ours)),
    spread: Number(spread(ours).toFixed(2)),
    sharpMs: rounded(median(theirs)),
    ratio: Number((median(ours) / median(theirs)).toFixed(2)),
    bytes: mine.length,
    sharpBytes: other.length,
    ssim: Number((await likeness(mine, other)).toFixed(4)),
  }
  console.log(row)
  return row
}

/** What the process of a fresh Worker grows by, at most, while it makes some pictures. */
async function peakOf({ file, pipeline }: Scenario): Promise<number> {
  const server = await start()
  await get(server, null)
  const idle = statusOf(server, 'VmRSS')
  await put(server, file)
  writeFileSync(`/proc/${server.pid}/clear_refs`, '5')
  for (let i = 0; i < MEMORY_PICTURES; i++) await get(server, pipeline)
  const peak = statusOf(server, 'VmHWM')
  await server.stop()
  return Math.round((peak - idle) / 1024)
}

/** Of a 12 MP photograph: a crop to one pixel leaves what is before it. */
async function costsOfSteps() {
  const server = await start()
  await put(server, jpeg)
  const rows = []
  const pixel = 'crop,w_1,h_1/format,jpg'
  for (const [step, pipeline] of [
    ['decoded whole', `image/${pixel}`],
    ['decoded by 1/8 and resized to 200', `image/resize,l_200/${pixel}`],
    ['decoded by 1/4 and resized to 800', `image/resize,l_800/${pixel}`],
    ['decoded by 1/2 and resized to 1600', `image/resize,l_1600/${pixel}`],
    ['decoded whole and resized to 2100', `image/resize,l_2100/${pixel}`],
    ['resized to 1600 and blurred', `image/resize,l_1600/blur,s_3/${pixel}`],
    ['resized to 1600 and sharpened', `image/resize,l_1600/sharpen,100/${pixel}`],
    ['resized to 800, as png', 'image/resize,l_800/format,png'],
    ['resized to 800, as avif', 'image/resize,l_800/format,avif'],
  ] as const) {
    const times = []
    for (let i = 0; i <= repetitions; i++) {
      const started = performance.now()
      await get(server, pipeline)
      // The first compiles.
      if (i > 0) times.push(performance.now() - started)
    }
    rows.push({ step, ms: rounded(median(times)), spread: Number(spread(times).toFixed(2)) })
  }
  await server.stop()
  return rows
}

async function put({ url }: RunningWorker, file: Buffer): Promise<void> {
  await fetch(url, { method: 'PUT', body: new Uint8Array(file) })
}

async function get({ url }: RunningWorker, pipeline: string | null): Promise<Buffer> {
  const response = await fetch(pipeline === null ? url : `${url}/?pipeline=${pipeline}`)
  if (!response.ok) throw new Error(`${pipeline}: ${response.status} ${await response.text()}`)
  return Buffer.from(await response.arrayBuffer())
}

async function likeness(a: Buffer, b: Buffer): Promise<number> {
  const [first, second] = await Promise.all(
    [a, b].map(async (file) => {
      const { data, info } = await sharp(file).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
      return { width: info.width, height: info.height, data: new Uint8ClampedArray(data) }
    }),
  )
  return first && second ? ssim(first, second).mssim : NaN
}

function rounded(ms: number): number {
  return Number(ms.toFixed(ms < 100 ? 1 : 0))
}
