import { err, ok, type Result } from '../core/result.ts'
import { dropped, isAdopted } from './adopted.ts'
import { applyFile, messageOf, type FileFault } from './apply.ts'
import { openBook, readBook, writeBook, type Book } from './book.ts'
import { changedSince, checksumsOf } from './checksum.ts'
import { lockSchema, type LockHolder } from './lock.ts'
import type { Module } from './module.ts'
import { planDown, planUp, type Applied, type Step } from './plan.ts'
import type { Session } from './session.ts'

export type { Session } from './session.ts'
export type Direction = 'up' | 'down'
export type RunOptions = {
  /** Everything runs, and is rolled back. */
  readonly dryRun?: boolean
  /** Told of another runner on the schema, before waiting for it. */
  readonly onWait?: ((holder: LockHolder) => void) | undefined
}
export type MigrateOptions = RunOptions & { readonly direction?: Direction; readonly steps?: number }

/** What became of one module in one schema. */
export type Report = {
  readonly module: string
  readonly from: Applied
  readonly to: Applied
  /** The files that ran, in order. */
  readonly files: readonly { readonly name: string; readonly sql: string }[]
  /** Versions whose files have another text than was applied. */
  readonly changed: readonly number[]
}
export type MigrationFault = FileFault & {
  /** `dirty`, `changed`: as the schema is, nothing may run. `plan`: the files do not lead there. `failed`: one did. */
  readonly reason: 'dirty' | 'changed' | 'plan' | 'failed'
  readonly module: string
  /** The file that failed, `<module>/<version>_<name>.up.sql`. */
  readonly file?: string
}

/**
 * Brings modules of one schema up or down, one transaction per module, one runner per schema at a time.
 * The schema and the extensions are made where they are missing. With `dryRun` everything runs in one transaction,
 * since a module needs the tables of those before it, and is rolled back. Nothing new runs upon an applied file
 * that has changed since: the schema is not what the next file expects.
 */
export async function migrate(
  session: Session,
  schema: string,
  modules: readonly Module[],
  { direction = 'up', steps, ...options }: MigrateOptions = {},
): Promise<Result<readonly Report[], MigrationFault>> {
  const ordered = direction === 'up' ? modules : modules.toReversed()
  return eachModule(session, schema, ordered, options, async (module, book) => {
    const { name } = module
    if (book.dirty)
      return err({ reason: 'dirty', module: name, message: `${name}: ${dirtyMessage(book.version)}` })
    const changed = await changedSince(module, book.checksums)
    const plan = (direction === 'up' ? planUp : planDown)(module, book.version, steps)
    if (!plan.ok) return err({ reason: 'plan', module: name, message: plan.error })
    if (direction === 'up' && plan.value.length > 0 && changed.length > 0)
      return err({ reason: 'changed', module: name, message: changedMessage(module, changed, book.version) })
    const lost = direction === 'down' ? plan.value.find(dropped) : undefined
    if (lost && (await isAdopted(session, schema)))
      return err({ reason: 'plan', module: name, message: adoptedMessage(lost) })

    for (const step of plan.value) {
      const failed = await applyFile(session, step)
      if (failed) return err({ reason: 'failed', module: name, file: step.file, ...failed })
    }
    const to = plan.value.length > 0 ? (plan.value.at(-1)?.version ?? null) : book.version
    const applied = direction === 'up' ? await checksumsOf(plan.value.map(({ migration }) => migration)) : {}
    await writeBook(session, schema, name, to, applied)
    const files = plan.value.map(({ file, sql }) => ({ name: file, sql }))
    return ok({ module: name, from: book.version, to, files, changed })
  })
}

/**
 * Says that a module is at a version: clears `dirty`, runs nothing, and takes the files up to there as they are now
 * for what was applied (v2 reference, section 3.2).
 */
export async function force(
  session: Session,
  schema: string,
  module: Module,
  version: number,
  options: RunOptions = {},
): Promise<Result<readonly Report[], MigrationFault>> {
  return eachModule(session, schema, [module], options, async ({ name, migrations }, book) => {
    if (!migrations.some((migration) => migration.version === version))
      return err({ reason: 'plan', module: name, message: `${name} has no version ${version}` })
    const known = migrations.filter(
      (each) => each.version <= version && String(each.version) in book.checksums,
    )
    const accepted = await checksumsOf(known)
    await writeBook(session, schema, name, version, accepted)
    return ok({ module: name, from: book.version, to: version, files: [], changed: [] })
  })
}

type Work = (module: Module, book: Book) => Promise<Result<Report, MigrationFault>>

async function eachModule(
  session: Session,
  schema: string,
  modules: readonly Module[],
  { dryRun = false, onWait }: RunOptions,
  work: Work,
): Promise<Result<readonly Report[], MigrationFault>> {
  const reports: Report[] = []
  for (const module of modules) {
    const transaction = { begins: !dryRun || reports.length === 0, commits: !dryRun, onWait }
    const outcome = await inTurn(session, schema, module, transaction, work).catch((cause: unknown) =>
      err({ reason: 'failed' as const, module: module.name, message: messageOf(cause) }),
    )
    if (!outcome.ok) {
      await rollBack(session)
      return outcome
    }
    reports.push(outcome.value)
  }
  if (dryRun) await rollBack(session)
  return ok(reports)
}

type Transaction = Pick<RunOptions, 'onWait'> & { readonly begins: boolean; readonly commits: boolean }

async function inTurn(
  session: Session,
  schema: string,
  module: Module,
  { begins, commits, onWait }: Transaction,
  work: Work,
): Promise<Result<Report, MigrationFault>> {
  if (begins) await session.query('begin')
  await lockSchema(session, schema, onWait)
  await openBook(session, schema, module.name)
  const outcome = await work(module, await readBook(session, schema, module.name))
  if (outcome.ok && commits) await session.query('commit')
  return outcome
}

/** A session that was lost has rolled back by itself. */
const rollBack = (session: Session) => session.query('rollback').catch(() => undefined)

/** In the words of v2's tool. */
const dirtyMessage = (version: Applied): string => `Dirty database version ${version}. Fix and force version.`

const adoptedMessage = (step: Step): string =>
  `${step.file} would drop ${dropped(step)}, and this schema was adopted: the table is the app's own`

const changedMessage = ({ name }: Module, changed: readonly number[], version: Applied): string =>
  `${name} ${changed.join(', ')} changed after it was applied: put the change in a new version, ` +
  `or accept the file as it is with force ${version} --module ${name}`
