/**
 * node bench/bundle.ts
 *
 * The deployed bundle, minified: its size as it is and under gzip, and how much of it is whose. Apart from it, what is
 * loaded by the first request that needs it: modules of their own, which an isolate starts without.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { record } from './record.ts'

type Meta = {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >
}

const dir = mkdtempSync(join(tmpdir(), 'skygear-bundle-'))
execFileSync(
  process.execPath,
  ['node_modules/wrangler/bin/wrangler.js', 'deploy', '--dry-run', '--minify', '--metafile', '--outdir', dir],
  { stdio: ['ignore', 'ignore', 'inherit'] },
)
const files = readdirSync(dir).filter((name) => /\.(js|sql|wasm)$|^[0-9a-f]{40}-.*\.json$/.test(name))
const sizes = files.map((name) => {
  const path = join(dir, name)
  const content = readFileSync(path)
  return {
    name: name.replace(/^[0-9a-f]{40}-/, ''),
    path,
    bytes: content.length,
    gzip: gzipSync(content).length,
  }
})
const code = sizes.filter(({ name }) => /\.(js|sql)$/.test(name))
const onDemand = sizes.filter(({ name }) => name.endsWith('.json'))
const bytesOf = (some: typeof sizes) => some.reduce((sum, { bytes }) => sum + bytes, 0)
/** Of all together, as they are uploaded and as Wrangler tells it. */
const gzipOf = (some: typeof sizes) =>
  gzipSync(Buffer.concat(some.map(({ path }) => readFileSync(path)))).length

const meta = JSON.parse(readFileSync(join(dir, 'bundle-meta.json'), 'utf8')) as Meta
const owners = new Map<string, number>()
for (const { inputs } of Object.values(meta.outputs))
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const owner = ownerOf(path)
    owners.set(owner, (owners.get(owner) ?? 0) + bytesInOutput)
  }
const contents = [...owners]
  .map(([owner, bytes]) => ({ owner, bytes }))
  .filter(({ bytes }) => bytes > 0)
  .toSorted((a, b) => b.bytes - a.bytes)
const shownSizes = sizes.map(({ name, bytes, gzip }) => ({ name, bytes, gzip }))
console.table(shownSizes)
console.table(contents)
const results = {
  bytes: bytesOf(code),
  gzip: gzipOf(code),
  onDemand: { bytes: bytesOf(onDemand), gzip: gzipOf(onDemand) },
}
const shown = ({ bytes, gzip }: { readonly bytes: number; readonly gzip: number }) =>
  `${bytes} bytes, ${(gzip / 1024).toFixed(1)} KiB under gzip`
console.log(`without WASM: ${shown(results)}`)
console.log(`on demand: ${shown(results.onDemand)}`)
record('bundle', { ...results, files: shownSizes, contents })
rmSync(dir, { recursive: true, force: true })

/** A package, or one of our own folders. */
function ownerOf(path: string): string {
  const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path) ?? []
  return name ?? /(?:^|\/)((?:src\/(?:gear\/)?|drizzle|migrations)[^/]*)/.exec(path)?.[1] ?? 'the bundler'
}
