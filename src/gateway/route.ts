import { fail, type Failure } from '../core/failure.ts'
import type { Action, Gear, Route } from '../core/gear.ts'
import { err, ok, type Result } from '../core/result.ts'

export type Target = { readonly gear: Gear; readonly name: string; readonly action: Action }
export type RouteTarget = { readonly gear: Gear; readonly name: string; readonly route: Route }

/** Everything the gears answer to, by name: built once. */
export type Register = {
  readonly actions: ReadonlyMap<string, Target>
  readonly routes: ReadonlyMap<string, RouteTarget>
}

/** Two gears, actions or routes of one name are a mistake of ours: said at start-up, not at a request. */
export function register(gears: readonly Gear[]): Register {
  const actions = new Map<string, Target>()
  const routes = new Map<string, RouteTarget>()
  const claim = <T>(map: Map<string, T>, key: string, target: T) => {
    if (map.has(key)) throw new Error(`${key} is registered twice`)
    map.set(key, target)
  }
  if (new Set(gears.map(({ name }) => name)).size < gears.length) throw new Error('two gears have one name')
  for (const gear of gears) {
    for (const [name, action] of Object.entries(gear.actions)) claim(actions, name, { gear, name, action })
    for (const route of gear.routes ?? []) {
      const name = `${route.method} ${route.path}`
      claim(routes, name, { gear, name, route })
    }
  }
  return { actions, routes }
}

/** Path and query of a request's URL, which begins with a scheme and a host. */
export function targetOf(url: string): { readonly pathname: string; readonly query: string } {
  const slash = url.indexOf('/', url.indexOf('//') + 2)
  if (slash < 0) return { pathname: '/', query: '' }
  const mark = url.indexOf('?', slash)
  return mark < 0
    ? { pathname: url.slice(slash), query: '' }
    : { pathname: url.slice(slash, mark), query: url.slice(mark + 1) }
}

/** What a request may be calling, best guess first: its path, then the `action` in its body (section 1.2). */
export function actionNames(pathname: string, body: Readonly<Record<string, unknown>>): readonly string[] {
  const fromPath = pathname.slice(1).replaceAll('/', ':')
  const fromBody = typeof body['action'] === 'string' ? body['action'] : ''
  return [fromPath, fromBody].filter((name) => name !== '')
}

/**
 * The action a request names. At the root, no name is the home action; anywhere else a path that is no action and a
 * body that names none is 117 (the old server answered 200 to any path).
 */
export function findAction({ actions }: Register, names: readonly string[]): Result<Target, Failure> {
  for (const name of names.length > 0 ? names : [HOME]) {
    const target = actions.get(name)
    if (target) return ok(target)
  }
  return err(fail('UndefinedOperation', `no such action: ${names[0]?.slice(0, 100) ?? ''}`))
}

/** The name of what a request to `/` without an action gets. */
export const HOME = 'home'
