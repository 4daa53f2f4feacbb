import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { statusOf } from './asset-memory.ts'

/** What a scenario asks sharp for: a picture within a square. */
export type SharpJob = { readonly side: number; readonly format: 'jpeg' | 'webp' | 'png' }

export function bySharp(file: Buffer, { side, format }: SharpJob): Sharp {
  const small = sharp(file).autoOrient().resize(side, side, { fit: 'inside' })
  return format === 'png' ? small.png({ adaptiveFiltering: false }) : small.toFormat(format, { quality: 85 })
}

/** What a fresh Node with sharp grows by, in MiB at its peak, while it makes some pictures of the file. */
export function peakOfSharp(file: Buffer, job: SharpJob, pictures: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'skygear-sharp-'))
  const path = join(folder, 'picture')
  writeFileSync(path, file)
  const given = JSON.stringify({ path, job, pictures })
  const peak = execFileSync(process.execPath, [import.meta.filename, given], { encoding: 'utf8' })
  rmSync(folder, { recursive: true, force: true })
  return Number(peak)
}

if (import.meta.main) {
  const { path, job, pictures } = JSON.parse(process.argv[2] ?? '') as {
    readonly path: string
    readonly job: SharpJob
    readonly pictures: number
  }
  sharp.cache(false)
  const idle = statusOf(process, 'VmRSS')
  writeFileSync('/proc/self/clear_refs', '5')
  const file = readFileSync(path)
  for (let i = 0; i < pictures; i++) await bySharp(file, job).toBuffer()
  console.log(Math.round((statusOf(process, 'VmHWM') - idle) / 1024))
}
