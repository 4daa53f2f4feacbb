import type { Migration, Module } from './module.ts'

/**
 * SHA-256 of the text of each applied up file, in hexadecimal, by version: what `_<module>_migration` keeps. A file
 * that was applied before there was that table has none: of it nothing is known.
 */
export type Checksums = Readonly<Record<string, string>>

export const checksumsOf = async (migrations: readonly Migration[]): Promise<Checksums> =>
  Object.fromEntries(
    await Promise.all(migrations.map(async ({ version, up }) => [version, await sha256(up)] as const)),
  )

/** Versions of which the module has another text than was applied. */
export async function changedSince({ migrations }: Module, applied: Checksums): Promise<readonly number[]> {
  const known = migrations.filter(({ version }) => applied[version] !== undefined)
  const now = await checksumsOf(known)
  return known.map(({ version }) => version).filter((version) => now[version] !== applied[version])
}

/**
 * Versions below the applied one that were not applied, though a lower one was noted: of files older than the first
 * note nothing is known.
 */
export function skippedBy(
  { migrations }: Module,
  version: number | null,
  applied: Checksums,
): readonly number[] {
  const first = Math.min(...Object.keys(applied).map(Number))
  return migrations
    .map((migration) => migration.version)
    .filter((each) => version !== null && each > first && each < version && applied[each] === undefined)
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
