import { fail, invalid, type Failure } from '../core/failure.ts'
import type { JsonObject } from '../core/json-object.ts'
import type { HostSummary, TenantRegistry } from '../core/registry.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Sealer } from '../core/sealer.ts'
import { documentFailure } from './document/fault.ts'
import { maskSecrets } from './document/mask.ts'
import {
  jsonFrom,
  parseHostValue,
  type Assignment,
  type GearSections,
  type HostValue,
} from './document/parse.ts'
import { isSealedAnew, openSecrets, readHostText, sealSecrets } from './document/seal.ts'
import type { Change } from './operations/difference.ts'
import { edit, maskedPlace, type Edits } from './operations/edit.ts'
import { rotate, type Rotation } from './operations/rotate.ts'
import { isSelected, type Selection } from './operations/select.ts'

export type TenantStoreOptions = {
  readonly registry: TenantRegistry
  readonly sections: GearSections
  /** Null: secrets are stored as they are. */
  readonly sealer: Sealer | null
  /** A text that carries that many random bytes. */
  readonly random: (bytes: number) => string
}
export type TenantStore = ReturnType<typeof tenantStore>

/** What an operation did to the document at a host. */
export type Written = {
  readonly host: string
  readonly changes: readonly Change[]
  readonly warnings: readonly string[]
}
type Outcome<T> = Promise<Result<T, Failure>>

const keyOf = (host: string): string => `host:${host}`
const NO_SUCH_HOST: Failure = fail('ResourceNotFound', 'no app at this host')

/**
 * The operator's work on documents: each operation reads, lets a pure one decide, and writes. KV has neither
 * transactions nor compare-and-set: two operators at one document at once are told by neither, and an operation that
 * writes more than one key does so in an order in which repeating it finishes it.
 */
export function tenantStore({ registry, sections, sealer, random }: TenantStoreOptions) {
  /** The document behind a host, its own or that of which it is an alias, secrets open. */
  async function documentAt(given: string): Outcome<{ host: string; document: unknown; text: string }> {
    let host = given
    let text = await registry.get(keyOf(host))
    const stored = text === null ? null : parsedOrNull(text)
    if (isObject(stored) && typeof stored['alias_of'] === 'string') {
      host = stored['alias_of']
      text = await registry.get(keyOf(host))
    }
    if (text === null) return err(NO_SUCH_HOST)
    const value = jsonFrom(text)
    const opened = value.ok ? await openSecrets(value.value, sealer) : value
    return opened.ok ? ok({ host, document: opened.value, text }) : err(documentFailure(opened.error))
  }

  async function write(host: string, value: JsonObject, summary: HostSummary): Promise<void> {
    const stored = sealer && !Object.hasOwn(value, 'alias_of') ? await sealSecrets(value, sealer) : value
    await registry.put(keyOf(host), JSON.stringify(stored), summary)
  }

  async function apply(given: string, edits: Edits, dryRun = false): Outcome<Written> {
    const found = await documentAt(given)
    if (!found.ok) return found
    const edited = edit(found.value.document, edits, sections)
    if (!edited.ok) return edited
    const { document, changes, warnings } = edited.value
    const { host } = found.value
    if (changes.length > 0 && !dryRun) {
      const judged = parseHostValue(document, sections)
      await write(host, document, judged.ok ? summaryOf(judged.value) : {})
    }
    return ok({ host, changes, warnings })
  }

  async function summaryAt(host: string): Promise<HostSummary> {
    const text = await registry.get(keyOf(host))
    const value = text === null ? null : await readHostText(text, sections, sealer)
    // A host whose document is broken is listed all the same.
    return value?.ok ? summaryOf(value.value) : {}
  }

  async function list(selection: Selection = {}) {
    const hosts = await registry.list('host:')
    const rows = await Promise.all(
      hosts.map(async ({ key, summary }) => {
        const host = key.slice('host:'.length)
        return { host, ...(summary ?? (await summaryAt(host))) }
      }),
    )
    return rows.filter((row) => isSelected(row, selection))
  }

  const aliasesOf = async (host: string): Promise<readonly string[]> =>
    (await list()).filter(({ alias_of }) => alias_of === host).map((row) => row.host)

  return {
    list,
    apply,

    /** Secrets masked. A document that is no JSON shows as null. */
    async show(host: string): Outcome<{ host: string; document: unknown }> {
      const text = await registry.get(keyOf(host))
      return text === null ? err(NO_SUCH_HOST) : ok({ host, document: maskSecrets(parsedOrNull(text)) })
    },

    /** Stores a document or an alias whole. */
    async put(
      host: string,
      given: JsonObject,
      onlyNew: boolean,
    ): Outcome<{ host: string; warnings: readonly string[] }> {
      const opened = await openSecrets(given, sealer)
      const value = opened.ok ? parseHostValue(opened.value, sections) : opened
      if (!value.ok) return err(documentFailure(value.error))
      const masked = maskedPlace(given)
      if (masked !== null) return err(invalid(`${masked} holds a masked secret`, masked))
      if (onlyNew && (await registry.get(keyOf(host))) !== null)
        return err(fail('Duplicated', `the host ${host} is taken`))
      await write(host, (opened.ok ? opened.value : given) as JsonObject, summaryOf(value.value))
      return ok({ host, warnings: value.value.kind === 'document' ? value.value.warnings : [] })
    },

    /** `fresh`: the new key, told this once. */
    async rotateKeys(given: string, rotation: Rotation): Outcome<Written & { fresh: object }> {
      const found = await documentAt(given)
      if (!found.ok) return found
      const rotated = await rotate(found.value.document, rotation, random)
      if (!rotated.ok) return rotated
      const written = await apply(found.value.host, rotated.value.edits)
      return written.ok ? ok({ ...written.value, fresh: rotated.value.fresh }) : written
    },

    /** A further host of an app; the same once more is no harm. */
    async alias(
      of: string,
      host: string,
      assignment: Assignment,
    ): Outcome<{ host: string; alias_of: string; assignment: Assignment }> {
      const found = await documentAt(of)
      if (!found.ok) return found
      const holder = found.value.host
      const text = await registry.get(keyOf(host))
      const taken = text === null ? null : parsedOrNull(text)
      if (text !== null && !(isObject(taken) && taken['alias_of'] === holder))
        return err(fail('Duplicated', `the host ${host} is taken`))
      const alias = { alias_of: holder, assignment }
      await write(host, alias, { alias_of: holder })
      return ok({ host, ...alias })
    },

    /**
     * Takes a host away; where it holds a document, its aliases first, so that after a failure the document still
     * tells what is left to do. `stays`: what of the app nobody deletes here.
     */
    async remove(host: string): Outcome<{ deleted: readonly string[]; stays: readonly string[] }> {
      const text = await registry.get(keyOf(host))
      const aliases = await aliasesOf(host)
      if (text === null && aliases.length === 0) return err(NO_SUCH_HOST)
      const value = text === null ? null : await readHostText(text, sections, sealer)
      for (const alias of aliases) await registry.delete(keyOf(alias))
      if (text !== null) await registry.delete(keyOf(host))
      return ok({
        deleted: [...aliases, ...(text === null ? [] : [host])],
        stays: value?.ok ? staysOf(value.value) : [],
      })
    },

    /**
     * Seals a document anew with the key that seals now; plain secrets too. False: it was so already, or the host is an
     * alias.
     */
    async reseal(host: string): Outcome<{ host: string; resealed: boolean }> {
      if (!sealer) return err(fail('NotConfigured', 'TENANT_SEAL_KEY is not set'))
      const found = await documentAt(host)
      if (!found.ok) return found
      const { document, text } = found.value
      if (found.value.host !== host || (await isSealedAnew(parsedOrNull(text), sealer)))
        return ok({ host, resealed: false })
      const value = parseHostValue(document, sections)
      if (!value.ok) return err(documentFailure(value.error))
      await write(host, document as JsonObject, summaryOf(value.value))
      return ok({ host, resealed: true })
    },
  }
}

/** What a listing shows of a host. */
function summaryOf(value: HostValue): HostSummary {
  if (value.kind === 'alias') return { alias_of: value.aliasOf }
  const { app_id, plan, gears, suspended } = value.document
  return {
    app_id,
    ...(plan !== undefined && { plan }),
    ...(Object.keys(gears).length > 0 && { gears }),
    ...(suspended && { suspended: true as const }),
  }
}

function staysOf(value: HostValue): readonly string[] {
  if (value.kind === 'alias') return []
  const { database_schema, database_url } = value.document.database_config
  const where = database_url === undefined ? "the cluster's database" : "the app's own database"
  return [`the schema ${database_schema} in ${where}, with all users and records`, 'the files of the app']
}

/** Null where the text is no JSON: a broken document must not break what is done about it. */
function parsedOrNull(text: string): unknown {
  const value = jsonFrom(text)
  return value.ok ? value.value : null
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
