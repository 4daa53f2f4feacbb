import * as v from 'valibot'
import { DOCUMENT_BYTES_MAX, DOCUMENT_DEPTH_MAX, DOCUMENT_WARNINGS_MAX } from '../../core/limits.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { isOriginList } from '../cors.ts'
import { normalizeHost } from '../hosts.ts'
import { type DocumentFault, faultOf, pointer, wording } from './fault.ts'
import { open } from './fields.ts'
import { ignoredKeys } from './ignored.ts'
import { brokenRule } from './rules.ts'
import { documentSchema, type TenantDocument } from './schema.ts'

/** Judges `gear_config.<gear>` and fills in its defaults: `{}` must pass. Its messages should not quote what was given. */
export type GearSection = v.GenericSchema
export type GearSections = Readonly<Record<string, GearSection>>

/** What is worth telling the operator about an accepted document: keys without effect, each with its path. */
export type Parsed = { readonly document: TenantDocument; readonly warnings: readonly string[] }

/** skygear v2.3 "Domain types and assignments": what a host of an app is for. */
export const ASSIGNMENTS = ['default', 'microservices', 'auth', 'asset'] as const
export type Assignment = (typeof ASSIGNMENTS)[number]

/** What KV holds under `host:<hostname>`: an app's document, or the name of the host that holds it. */
export type HostValue =
  | { readonly kind: 'alias'; readonly aliasOf: string; readonly assignment: Assignment }
  | ({ readonly kind: 'document' } & Parsed)

/** Judges a tenant document once and fills in its defaults. Never throws, whatever the value. */
export function parseDocument(value: unknown, sections: GearSections): Result<Parsed, DocumentFault> {
  if (!fitsDepth(value, DOCUMENT_DEPTH_MAX)) {
    return err({ path: '', message: `is nested deeper than ${DOCUMENT_DEPTH_MAX} levels` })
  }
  const parsed = judge(documentSchema, value)
  if (!parsed.ok) return parsed
  const broken = brokenRule(parsed.value)
  if (broken) return err(broken)
  const gears = parseSections(parsed.value.gear_config, sections)
  if (!gears.ok) return gears

  const unusable = isOriginList(parsed.value.app_config.cors.origin)
    ? []
    : ['/app_config/cors/origin: has a malformed item, so no origin matches']
  const ignored = ignoredKeys(documentSchema, value).map((path) => `${path}: is not a known key, ignored`)
  return ok({
    document: { ...parsed.value, gear_config: gears.value.config },
    warnings: bounded([...unusable, ...ignored, ...gears.value.warnings]),
  })
}

/** As `parseDocument`, from JSON text of at most `DOCUMENT_BYTES_MAX`. */
export function parseDocumentText(text: string, sections: GearSections): Result<Parsed, DocumentFault> {
  const value = jsonFrom(text)
  return value.ok ? parseDocument(value.value, sections) : value
}

const alias = open({
  alias_of: v.pipe(
    v.string(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const host = normalizeHost(dataset.value)
      if (host !== null) return host
      addIssue({ message: 'must be a hostname' })
      return NEVER
    }),
  ),
  // skygear v2.3 "Domain types and assignments": the initial value of every domain that the cluster did not give.
  assignment: v.optional(v.picklist(ASSIGNMENTS), 'microservices'),
})

/** Judges what a hostname stands for: an alias if it has the key `alias_of`, a document otherwise. */
export function parseHostValue(value: unknown, sections: GearSections): Result<HostValue, DocumentFault> {
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, 'alias_of')) {
    const parsed = judge(alias, value)
    if (!parsed.ok) return parsed
    return ok({ kind: 'alias', aliasOf: parsed.value.alias_of, assignment: parsed.value.assignment })
  }
  const parsed = parseDocument(value, sections)
  return parsed.ok ? ok({ kind: 'document', ...parsed.value }) : parsed
}

/** As `parseHostValue`, from JSON text of at most `DOCUMENT_BYTES_MAX`. */
export function parseHostText(text: string, sections: GearSections): Result<HostValue, DocumentFault> {
  const value = jsonFrom(text)
  return value.ok ? parseHostValue(value.value, sections) : value
}

function parseSections(
  given: Readonly<Record<string, unknown>>,
  sections: GearSections,
): Result<{ config: Readonly<Record<string, unknown>>; warnings: string[] }, DocumentFault> {
  // No prototype: a gear's name is looked up here, and it may come from a hostname.
  const config: Record<string, unknown> = Object.create(null)
  const warnings = Object.keys(given)
    .filter((gear) => !Object.hasOwn(sections, gear))
    .map((gear) => `${pointer(['gear_config', gear])}: is of an unknown gear, ignored`)
  for (const [gear, section] of Object.entries(sections)) {
    const value = Object.hasOwn(given, gear) ? given[gear] : {}
    const at = ['gear_config', gear]
    const parsed = judge(section, value, pointer(at))
    if (!parsed.ok) return parsed
    config[gear] = parsed.value
    warnings.push(...ignoredKeys(section, value, at).map((path) => `${path}: is not a known key, ignored`))
  }
  return ok({ config, warnings })
}

function judge<const S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  under = '',
): Result<v.InferOutput<S>, DocumentFault> {
  const parsed = v.safeParse(schema, value, { abortEarly: true, message: wording })
  return parsed.success ? ok(parsed.output) : err(faultOf(parsed.issues[0], under))
}

/** The value of a stored text of at most `DOCUMENT_BYTES_MAX`. */
export function jsonFrom(text: string): Result<unknown, DocumentFault> {
  // UTF-8 needs at least a byte per UTF-16 unit: what is far too long need not be encoded to be counted.
  if (text.length > DOCUMENT_BYTES_MAX || new TextEncoder().encode(text).length > DOCUMENT_BYTES_MAX) {
    return err({ path: '', message: `is larger than ${DOCUMENT_BYTES_MAX} bytes` })
  }
  try {
    return ok(JSON.parse(text))
  } catch {
    // The engine's message quotes the text around the error, which may be a secret.
    return err({ path: '', message: 'is not JSON' })
  }
}

function fitsDepth(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((each) => fitsDepth(each, levels - 1))
}

const bounded = (warnings: readonly string[]): readonly string[] =>
  warnings.length <= DOCUMENT_WARNINGS_MAX
    ? warnings
    : [...warnings.slice(0, DOCUMENT_WARNINGS_MAX), `and ${warnings.length - DOCUMENT_WARNINGS_MAX} more`]
