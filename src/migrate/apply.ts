import type { Step } from './plan.ts'
import type { Session } from './session.ts'
import { lineAt, statementsOf } from './split.ts'

/** What a file failed of. `line` and `statement` are missing where they cannot be told. */
export type FileFault = {
  readonly message: string
  readonly line?: number
  /** On one line, shortened. */
  readonly statement?: string
}

const STATEMENT_CHARACTERS_MAX = 160
const SAVEPOINT = 'skygear_migration_file'

/**
 * Runs a file in one trip. Postgres names a place for some errors only, and none for "already exists": so a file
 * that failed runs again, from where it began and statement by statement. The transaction is then the caller's to
 * roll back.
 */
export async function applyFile(session: Session, { sql }: Step): Promise<FileFault | undefined> {
  try {
    await session.query(`savepoint ${SAVEPOINT};\n${sql}`)
    return undefined
  } catch (cause) {
    const message = messageOf(cause)
    const found = await locate(session, sql).catch(() => undefined)
    // Another error than before means that the file was not split as Postgres does, or that the fault has gone.
    return found?.message === message ? found : { message }
  }
}

async function locate(session: Session, sql: string): Promise<FileFault | undefined> {
  await session.query(`rollback to savepoint ${SAVEPOINT}`)
  for (const { text, line } of statementsOf(sql)) {
    try {
      await session.query(text)
    } catch (cause) {
      const position = cause instanceof Error && 'position' in cause ? Number(cause.position) : NaN
      const offset = Number.isNaN(position) ? 0 : lineAt(text, position) - 1
      return { message: messageOf(cause), line: line + offset, statement: shortened(text) }
    }
  }
  return undefined
}

function shortened(statement: string): string {
  const text = statement.replaceAll(/\s+/g, ' ')
  return text.length <= STATEMENT_CHARACTERS_MAX ? text : `${text.slice(0, STATEMENT_CHARACTERS_MAX - 1)}…`
}

export const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
