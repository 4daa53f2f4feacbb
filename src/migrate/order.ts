/**
 * Every module there is: a gear that brings tables adds its module's name here, and its files to `migrations/`.
 * An app's schema has these, in the order they depend on each other: a module's tables may refer to those of the
 * ones before it.
 */
export const MODULE_ORDER = ['core', 'auth', 'record', 'asset'] as const

/** The config database of a v2 cluster: no part of an app, and not in the Worker (v2 reference, section 1.15). */
export const CONTROLLER = 'controller'
export const CONTROLLER_SCHEMA = 'app_config'

/** What a module was called before (v2 reference, section 1.15). */
export const ALIASES: Readonly<Record<string, string>> = { gateway: CONTROLLER }
