import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path/posix'
import { parseAst } from 'vitest/node'

/** One module, read as what it is: rules look at its syntax, so a word in a comment or a text breaks none. */
export type Source = {
  /** From the project's root. */
  readonly path: string
  readonly lines: number
  readonly imports: readonly Import[]
  readonly nodes: readonly Node[]
}
export type Import = {
  /** A path from the project's root, or a package's name. */
  readonly to: string
  readonly isPackage: boolean
  /** Gone at run time. */
  readonly isType: boolean
}
/** A node of the syntax tree (ESTree with TypeScript). */
export type Node = Readonly<Record<string, unknown>> & { readonly type: string }

export function sourceOf(path: string, text: string): Source {
  const nodes = [...walk(parseAst(text, { lang: 'ts' }))]
  return {
    path,
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    nodes,
    imports: nodes.flatMap((node) => importOf(path, node) ?? []),
  }
}

/** Every TypeScript module of these folders and files. */
export const readSources = (...roots: readonly string[]): Source[] =>
  roots.flatMap((root) =>
    filesOf(root)
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
      .map((path) => sourceOf(path, readFileSync(path, 'utf8'))),
  )

/** Every file of a folder, or the one file that it is. */
export function filesOf(root: string): string[] {
  if (root.endsWith('.ts')) return [root]
  return existsSync(root)
    ? readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : []
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'

function* walk(value: unknown): Generator<Node> {
  if (isNode(value)) yield value
  if (typeof value === 'object' && value !== null)
    for (const child of Object.values(value)) yield* walk(child)
}

const IMPORTING = ['ImportDeclaration', 'ImportExpression', 'ExportAllDeclaration', 'ExportNamedDeclaration']

function importOf(from: string, node: Node): Import | null {
  const name = IMPORTING.includes(node.type) ? literalOf(node['source']) : undefined
  if (typeof name !== 'string') return null
  const isPackage = !name.startsWith('.')
  const isType = node['importKind'] === 'type' || node['exportKind'] === 'type'
  return { to: isPackage ? name : join(from, '..', name), isPackage, isType }
}

/** A literal's value, through `as const`; undefined for anything else. */
export function literalOf(value: unknown): unknown {
  if (!isNode(value)) return undefined
  if (value.type === 'TSAsExpression') return literalOf(value['expression'])
  return value.type === 'Literal' ? value['value'] : undefined
}

/** `a` or `a.b`, as it is written; null for anything more involved. */
export function dottedName(value: unknown): string | null {
  if (!isNode(value)) return null
  if (value.type === 'Identifier') return String(value['name'])
  if (value.type !== 'MemberExpression' || value['computed'] === true) return null
  const object = dottedName(value['object'])
  return object === null ? null : `${object}.${dottedName(value['property']) ?? ''}`
}
