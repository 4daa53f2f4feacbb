import type { MigrationFault } from './run.ts'

/** A fault on one line: `<file>:<line>: <what Postgres says>: <statement>`. */
export function lineOf({ module, reason, file, line, message, statement }: MigrationFault): string {
  if (reason !== 'failed') return message
  const place = (file ?? module) + (line === undefined ? '' : `:${line}`)
  return `${place}: ${message}` + (statement === undefined ? '' : `: ${statement}`)
}
