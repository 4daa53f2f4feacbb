/** The modules in the order they depend on each other: a module's tables may refer to those of the ones before it. */
export const MODULE_ORDER = ['core', 'auth', 'record'] as const
