import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'

/** Writes what was measured under `bench/results/`, with the commit, the machine and the versions it holds for. */
export function record(name: string, measured: object): void {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim()
  const versions = ['workerd', 'hono', 'bench/parse-server'].flatMap((each) => {
    const path = each.replace(/^(bench\/)?/, '$1node_modules/') + '/package.json'
    if (!existsSync(path)) return []
    const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string }
    return [[each.replace('bench/', ''), version] as const]
  })
  const report = {
    date: new Date().toISOString().slice(0, 10),
    commit:
      git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') ? ' and uncommitted changes' : ''),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    versions: { node: process.version, ...Object.fromEntries(versions) },
    ...measured,
  }
  mkdirSync('bench/results', { recursive: true })
  const file = `bench/results/${report.date}-${name}.json`
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
  console.log(`recorded in ${file}`)
}
