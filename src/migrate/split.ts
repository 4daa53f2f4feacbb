/** A statement of a file, without the comments before it; `line` is its first, counted from 1. */
export type FileStatement = { readonly text: string; readonly line: number }

/**
 * What may hold a semicolon that ends nothing, by the lexical rules of Postgres (manual, section 4.1). Comments
 * that nest and `begin atomic` bodies are not known: who splits such a file must not trust the pieces.
 */
const TOKEN =
  /(?<space>\s+|--[^\n]*|\/\*[^]*?\*\/)|(?<end>;)|[eE]'(?:\\[^]|''|[^'\\])*'|'(?:''|[^'])*'|"(?:""|[^"])*"|\$(?<tag>(?:[A-Za-z_]\w*)?)\$[^]*?\$\k<tag>\$|[A-Za-z_][\w$]*|[^]/g

/** The statements of an SQL file, each with its semicolon. */
export function statementsOf(sql: string): readonly FileStatement[] {
  const statements: FileStatement[] = []
  let start: number | null = null
  const close = (end: number) => {
    if (start === null) return
    statements.push({ text: sql.slice(start, end).trimEnd(), line: lineAt(sql, start) })
    start = null
  }
  for (const { 0: token, index, groups } of sql.matchAll(TOKEN)) {
    if (groups?.['space'] !== undefined) continue
    if (groups?.['end'] !== undefined) close(index + token.length)
    else start ??= index
  }
  close(sql.length)
  return statements
}

/** The line that a place in a text is on, counted from 1. */
export const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length
