import { fail, type Failure } from '../core/failure.ts'
import type { Action, Gear, Route, RouteV2 } from '../core/gear.ts'
import { err, ok, type Result } from '../core/result.ts'

export type Target = { readonly gear: Gear; readonly name: string; readonly action: Action }
export type RouteTarget<R = Route> = { readonly gear: Gear; readonly name: string; readonly route: R }

/** Everything the gears answer to, by name: built once. */
export type Register = {
  readonly actions: ReadonlyMap<string, Target>
  readonly routes: ReadonlyMap<string, RouteTarget>
  readonly v2: ReadonlyMap<string, RouteTarget<RouteV2>>
}

/** Two gears, actions or routes of one name are a mistake of ours: said at start-up, not at a request. */
export function register(gears: readonly Gear[]): Register {
  const actions = new Map<string, Target>()
  const routes = new Map<string, RouteTarget>()
  const v2 = new Map<string, RouteTarget<RouteV2>>()
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
    for (const route of gear.v2 ?? []) {
      const name = `${route.method} ${route.path}`
      claim(v2, name, { gear, name, route })
    }
  }
  return { actions, routes, v2 }
}

/** Finds the route of a path: the exact one, else the one that takes what is below its own path. */
export function routeFinder<R extends Pick<Route, 'method' | 'path'>>(
  routes: ReadonlyMap<string, RouteTarget<R>>,
): (method: string, pathname: string) => RouteTarget<R> | undefined {
  const below = [...routes.values()]
    .filter(({ route }) => route.path.endsWith('/*'))
    .map((target) => ({ target, method: target.route.method, start: target.route.path.slice(0, -1) }))
  return (method, pathname) =>
    routes.get(`${method} ${pathname}`) ??
    below.find((each) => pathname.startsWith(each.start) && each.method === method)?.target
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
