/** One step of a module's schema. `down` is there where the files are (the CLI), not in the Worker's bundle. */
export type Migration = {
  /** Seconds since 1970, as Skygear's migration files are stamped; rises within a module. */
  readonly version: number
  readonly name: string
  readonly up: string
  readonly down?: string
}

/** A module owns some tables of every app's schema; modules are listed in the order they depend on each other. */
export type Module = { readonly name: string; readonly migrations: readonly Migration[] }

/** The version a module's schema has once every migration ran. */
export const head = (module: Module): number => module.migrations.at(-1)?.version ?? 0
