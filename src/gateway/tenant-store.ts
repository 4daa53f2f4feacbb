import { fail, invalid, type Failure } from '../core/failure.ts'
import type { JsonObject } from '../core/json-object.ts'
import { DOCUMENT_BYTES_MAX, NAMESAKES_READ_MAX } from '../core/limits.ts'
import type { HostSummary, TenantRegistry } from '../core/registry.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Sealer } from '../core/sealer.ts'
import { newDocument } from './document/compose.ts'
import { documentFailure } from './document/fault.ts'
import { maskSecrets } from './document/mask.ts'
import {
  jsonFrom,
  parseHostValue,
  type Assignment,
  type GearSections,
  type HostValue,
} from './document/parse.ts'
import type { TenantDocument } from './document/schema.ts'
import { isSealedAnew, openSecrets, readHostText, sealSecrets } from './document/seal.ts'
import { isObject, schemaIn, summaryOf } from './document/summary.ts'
import { normalizeHost } from './hosts.ts'
import type { Change } from './operations/difference.ts'
import { edit, maskedPlace, type Edits } from './operations/edit.ts'
import { appNameFault, fits, hostFault, namesFault, type Platform } from './operations/names.ts'
import { rotate, type Rotation } from './operations/rotate.ts'
import { isSelected, type Selection } from './operations/select.ts'

export type TenantStoreOptions = {
  readonly registry: TenantRegistry
  readonly sections: GearSections
  /** Null: secrets are stored as they are. */
  readonly sealer: Sealer | null
  /** A text that carries that many random bytes. */
  readonly random: (bytes: number) => string
  readonly platform: Platform
}
export type TenantStore = ReturnType<typeof tenantStore>

/** What an operation did to the document at a host. */
export type Written = {
  readonly host: string
  readonly changes: readonly Change[]
  readonly warnings: readonly string[]
}
/** How a document is stored. `isForeign`: of another cluster, with names by its rules and hosts that move. */
type Putting = { readonly onlyNew?: boolean; readonly isForeign?: boolean }
/** An app that was made, with its keys, told this once. */
export type Created = {
  readonly app: string
  readonly host: string
  readonly api_key: string
  readonly master_key: string
}
type Outcome<T> = Promise<Result<T, Failure>>

const keyOf = (host: string): string => `host:${host}`
export const NO_HOSTNAME = invalid('not a hostname', 'host')
/** What could not be read again. */
const TOO_LARGE = invalid(
  `the document is larger than ${DOCUMENT_BYTES_MAX} bytes as it is stored`,
  'document',
)
const NO_SUCH_HOST: Failure = fail('ResourceNotFound', 'no app at this host')

/**
 * The operator's work on documents: each operation reads, lets a pure one decide, and writes. KV has neither
 * transactions nor compare-and-set: two operators at one document at once are told by neither, and an operation that
 * writes more than one key does so in an order in which repeating it finishes it.
 */
export function tenantStore({ registry, sections, sealer, random, platform }: TenantStoreOptions) {
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

  async function write(host: string, value: JsonObject, summary: HostSummary): Outcome<null> {
    const stored = sealer && !Object.hasOwn(value, 'alias_of') ? await sealSecrets(value, sealer) : value
    const text = JSON.stringify(stored)
    if (new TextEncoder().encode(text).length > DOCUMENT_BYTES_MAX) return err(TOO_LARGE)
    await registry.put(keyOf(host), text, fits(summary) ? summary : null)
    return ok(null)
  }

  /**
   * Whether a document may be called what it is called; the names that it had before are not judged again. `replaced`: the
   * host at which it takes the place of another.
   */
  async function admitNames(
    replaced: string | null,
    document: TenantDocument,
    before: unknown,
    isForeign: boolean,
  ): Outcome<null> {
    const had = isObject(before) ? before : {}
    const fault = namesFault(document, had, isForeign)
    if (fault) return err(documentFailure(fault))
    const { app_id, schema } = summaryOf({ kind: 'document', document, warnings: [] })
    const isNewId = app_id !== had['app_id']
    const isNewSchema = schema !== undefined && schema !== schemaIn(had)
    if (isForeign || (!isNewId && !isNewSchema)) return ok(null)
    const others = (await namesakes()).filter((row) => row.host !== replaced)
    const same = isNewId ? others.find((row) => row.app_id === app_id) : undefined
    if (same)
      return err(fail('Duplicated', `the app ${app_id} is at ${same.host} already`, { host: same.host }))
    // Two documents of one schema would be two apps with the same users.
    const twin = isNewSchema ? others.find((row) => row.schema === schema) : undefined
    return twin
      ? err(fail('Duplicated', `the schema ${schema} is that of the app at ${twin.host}`))
      : ok(null)
  }

  async function put(
    host: string,
    given: JsonObject,
    { onlyNew = false, isForeign = false }: Putting = {},
  ): Outcome<{ host: string; warnings: readonly string[] }> {
    const opened = await openSecrets(given, sealer)
    const parsed = opened.ok ? parseHostValue(opened.value, sections) : opened
    if (!parsed.ok) return err(documentFailure(parsed.error))
    const value = parsed.value
    const masked = maskedPlace(given)
    if (masked !== null) return err(invalid(`${masked} holds a masked secret`, masked))
    const text = onlyNew || (await isListed(host)) ? await registry.get(keyOf(host)) : null
    if (value.kind === 'document') {
      const before = text === null || onlyNew ? null : parsedOrNull(text)
      const named = await admitNames(onlyNew ? null : host, value.document, before, isForeign)
      if (!named.ok) return named
    }
    if (onlyNew && text !== null) return err(fail('Duplicated', `the host ${host} is taken`))
    const fault = text === null ? hostFault(host, platform) : null
    if (fault !== null) return err(invalid(fault, 'host'))
    const written = await write(host, (opened.ok ? opened.value : given) as JsonObject, summaryOf(value))
    return written.ok ? ok({ host, warnings: value.kind === 'document' ? value.warnings : [] }) : written
  }

  async function apply(given: string, edits: Edits, dryRun = false): Outcome<Written> {
    const found = await documentAt(given)
    if (!found.ok) return found
    const edited = edit(found.value.document, edits, sections)
    if (!edited.ok) return edited
    const { document, parsed, changes } = edited.value
    const { host } = found.value
    const named = await admitNames(host, parsed.document, found.value.document, false)
    if (!named.ok) return named
    if (changes.length > 0 && !dryRun) {
      const written = await write(host, document, summaryOf({ kind: 'document', ...parsed }))
      if (!written.ok) return written
    }
    return ok({ host, changes, warnings: parsed.warnings })
  }

  async function summaryAt(host: string): Promise<HostSummary> {
    const text = await registry.get(keyOf(host))
    const value = text === null ? null : await readHostText(text, sections, sealer)
    // A host whose document is broken is listed all the same.
    return value?.ok ? summaryOf(value.value) : {}
  }

  /** `readsMax`: of the hosts that were written without a summary, so many have their documents read. */
  async function list(selection: Selection = {}, readsMax = Infinity) {
    const hosts = await registry.list('host:')
    let reads = 0
    const rows = await Promise.all(
      hosts.map(async ({ key, summary }) => {
        const host = key.slice('host:'.length)
        if (summary === null) reads += 1
        return { host, ...(summary ?? (reads > readsMax ? {} : await summaryAt(host))) }
      }),
    )
    return rows.filter((row) => isSelected(row, selection))
  }

  /** Asked of the listing: KV remembers of a key that was read before it was written that nothing is there. */
  const isListed = async (host: string): Promise<boolean> =>
    (await registry.list(keyOf(host))).some(({ key }) => key === keyOf(host))

  /** Whom a new name is compared with. */
  const namesakes = () => list({}, NAMESAKES_READ_MAX)

  const aliasesOf = async (host: string): Promise<readonly string[]> =>
    (await list()).filter(({ alias_of }) => alias_of === host).map((row) => row.host)

  return {
    list,
    apply,
    put,

    /** A new app with keys of its own. A create whose answer was lost is told how to go on. */
    async create(name: string, wanted: string | undefined, production: boolean): Outcome<Created> {
      const fault = appNameFault(name)
      if (fault !== null) return err(invalid(fault, 'name'))
      const host = normalizeHost(wanted ?? `${name}.${platform.domain}`)
      if (host === null) return err(NO_HOSTNAME)
      const document = newDocument({ name, production, random })
      const { app_config } = document
      const stored = await put(host, document, { onlyNew: true })
      if (!stored.ok) return stored
      const api_key = app_config.clients[0]?.client_id ?? ''
      return ok({ app: name, host, api_key, master_key: app_config.master_key })
    },

    /** Secrets masked. A document that is no JSON shows as null. */
    async show(host: string): Outcome<{ host: string; document: unknown }> {
      const text = await registry.get(keyOf(host))
      return text === null ? err(NO_SUCH_HOST) : ok({ host, document: maskSecrets(parsedOrNull(text)) })
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
      const fault = text === null ? hostFault(host, platform) : null
      if (fault !== null) return err(invalid(fault, 'host'))
      const alias = { alias_of: holder, assignment }
      const written = await write(host, alias, { alias_of: holder })
      return written.ok ? ok({ host, ...alias }) : written
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
      const written = await write(host, document as JsonObject, summaryOf(value.value))
      return written.ok ? ok({ host, resealed: true }) : written
    },
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
