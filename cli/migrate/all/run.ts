import type { Client } from 'pg'
import { lineOf } from '../../../src/migrate/fault.ts'
import type { Module } from '../../../src/migrate/module.ts'
import { migrate } from '../../../src/migrate/run.ts'
import { oneLine } from '../../command-line.ts'
import { connect } from '../../database.ts'
import { changedText } from '../report.ts'
import { sessionOf, waitingLine } from '../session.ts'
import { standings, type Standing } from '../status.ts'
import { inParallel } from './parallel.ts'
import type { Progress } from './progress.ts'
import { failedRows, hasFailed, rowOf, standingRow, type Row, type Said } from './rows.ts'
import type { Target } from './targets.ts'

export type Task = {
  readonly command: 'status' | 'up' | 'down'
  readonly modules: readonly Module[]
  readonly steps: number | undefined
  readonly dryRun: boolean
  /** Sessions at a time. */
  readonly concurrency: number
  readonly progress: Progress
}
type Looked = { readonly target: Target; readonly found: readonly Standing[] }

/**
 * Does the same to every schema, and says of each module what became of it. A database is asked once where all its
 * schemas stand; only what has somewhere to go is worked on. What fails stops nothing but its own schema.
 */
export async function runAll(targets: readonly Target[], task: Task): Promise<readonly Row[]> {
  const { command, concurrency, progress } = task
  const databases = [...Map.groupBy(targets, ({ database }) => database).values()]
  const looked = await inParallel(databases, concurrency, (each) => lookAt(each, task.modules))
  const rows = looked.flatMap(({ failed }) => failed)
  const found = looked.flatMap((each) => each.looked)
  if (command === 'status')
    return [
      ...rows,
      ...found.flatMap((each) => each.found.map((standing) => standingRow(each.target, standing))),
    ]

  const due = found.filter((each) => each.found.some((standing) => isDue(command, standing)))
  const rested = found.filter((each) => !due.includes(each))
  progress.start(due.length, targets.length)
  const sessions = Math.min(concurrency, due.length)
  const queue = due.values()
  const moved = await inParallel(Array.from({ length: sessions }, openings), sessions, async (opening) => {
    const done: Row[] = []
    // One queue for all sessions; neighbours in it mostly share a database, hence the session.
    for (const each of queue) {
      const made = await opening
        .on(each.target.database)
        .then((client) => move(client, each, task))
        .catch((cause: unknown) => failedRows(each.target, namesOf(task), oneLine(cause)))
      // It may have lost its connection, and shows it only by the next query.
      if (made.some(hasFailed)) await opening.close()
      progress.done(each.target, made)
      done.push(...made)
    }
    await opening.close()
    return done
  })
  progress.end()
  return [...rows, ...moved.flat(), ...rested.flatMap((each) => restRows(each))]
}

const namesOf = ({ modules }: Pick<Task, 'modules'>) => modules.map(({ name }) => name)

async function lookAt(
  targets: readonly Target[],
  modules: readonly Module[],
): Promise<{ readonly looked: readonly Looked[]; readonly failed: readonly Row[] }> {
  const lost = (cause: unknown, of: readonly Target[]) =>
    of.flatMap((target) => failedRows(target, namesOf({ modules }), oneLine(cause)))
  let client: Client
  try {
    client = await connect(targets[0]?.database ?? '')
  } catch (cause) {
    return { looked: [], failed: lost(cause, targets) }
  }
  try {
    return { looked: await standingsOf(client, targets, modules), failed: [] }
  } catch {
    // One schema that may not be read fails them all: each by itself.
    const alone = await inParallel(targets, 1, (target) =>
      standingsOf(client, [target], modules).then(
        (looked) => ({ looked, failed: [] }),
        (cause: unknown) => ({ looked: [], failed: lost(cause, [target]) }),
      ),
    )
    return {
      looked: alone.flatMap(({ looked }) => looked),
      failed: alone.flatMap(({ failed }) => failed),
    }
  } finally {
    await client.end()
  }
}

async function standingsOf(
  client: Client,
  targets: readonly Target[],
  modules: readonly Module[],
): Promise<readonly Looked[]> {
  const found = await standings(
    client,
    modules,
    targets.map(({ schema }) => schema),
  )
  const bySchema = Map.groupBy(found, ({ schema }) => schema)
  return targets.map((target) => ({ target, found: bySchema.get(target.schema) ?? [] }))
}

/** A dirty module is worked on so that it is refused. */
const isDue = (command: Task['command'], { version, head, dirty }: Standing): boolean =>
  dirty || (command === 'up' ? version === null || version < head : version !== null)

/**
 * So many schemas a session works on: Postgres keeps in each what it has met of tables and functions, and all of it is
 * looked through at every change (measured of one session: 0.06 s a schema at first, 2 s and 1.5 GB after 750).
 */
const SESSION_SCHEMAS_MAX = 25

/** A worker's session, kept while the database stays the same and it has not met too much. */
function openings() {
  let open: { readonly database: string; readonly client: Client; schemas: number } | null = null
  const close = async () => {
    await open?.client.end().catch(() => undefined)
    open = null
  }
  return {
    close,
    async on(database: string): Promise<Client> {
      if (open?.database !== database || open.schemas >= SESSION_SCHEMAS_MAX) {
        await close()
        open = { database, client: await connect(database), schemas: 0 }
      }
      open.schemas += 1
      return open.client
    },
  }
}

/** One module at a time, so that a report tells of those that were done before one failed. */
async function move(client: Client, { target, found }: Looked, task: Task): Promise<readonly Row[]> {
  const { command, dryRun, steps, progress } = task
  const direction = command === 'down' ? 'down' : 'up'
  const due = task.modules.filter(({ name }) =>
    found.some((standing) => standing.module === name && isDue(command, standing)),
  )
  const said = new Map<string, Said>()
  const ordered = direction === 'up' ? due : due.toReversed()
  for (const modules of dryRun ? [due] : ordered.map((module) => [module])) {
    const outcome = await migrate(sessionOf(client), target.schema, modules, {
      direction,
      dryRun,
      ...(steps !== undefined && { steps }),
      onWait: (holder) => progress.say(waitingLine(target.schema, holder)),
    })
    if (!outcome.ok) {
      const { module } = outcome.error
      const version = found.find((standing) => standing.module === module)?.version ?? null
      said.set(module, {
        module,
        from: version,
        to: version,
        status: 'failed',
        error: lineOf(outcome.error),
      })
      break
    }
    for (const { module, from, to, files, changed } of outcome.value) {
      const moved = files.length === 0 ? 'no change' : dryRun ? 'rolled back' : 'migrated'
      said.set(module, { module, from, to, status: [moved, ...changedText(changed)].join(', ') })
    }
  }
  return found.map((standing) => {
    const known = said.get(standing.module)
    if (known) return rowOf(target, known)
    return due.some(({ name }) => name === standing.module)
      ? rowOf(target, { ...placed(standing), status: 'not run' })
      : restRow(target, standing)
  })
}

const placed = ({ module, version }: Standing) => ({ module, from: version, to: version })
const restRow = (target: Target, standing: Standing): Row =>
  rowOf(target, {
    ...placed(standing),
    status: ['no change', ...changedText(standing.changed)].join(', '),
  })
const restRows = ({ target, found }: Looked): readonly Row[] =>
  found.map((standing) => restRow(target, standing))
