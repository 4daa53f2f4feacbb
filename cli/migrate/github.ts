import * as fs from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { UsageError } from '../command-line.ts'

/** `github://[user:token@]owner/repository/path[#ref]` (v2 reference, section 3.4). Without a ref: HEAD, the default branch. */
export type GithubSource = {
  readonly owner: string
  readonly repository: string
  readonly path: string
  readonly ref: string
  readonly user: string
  readonly token: string
}

const DOWNLOAD_MS_MAX = 60_000
const PLAIN = /^(?!\.+$)[\w.-]+$/
const COMMIT = /^[0-9a-f]{40}$/

export const isGithub = (source: string): boolean => source.startsWith('github://')

/** @throws UsageError that shows neither user nor token */
export function parseGithub(source: string): GithubSource {
  const url = URL.canParse(source) ? new URL(source) : undefined
  const [, repository = '', ...path] = decoded(url?.pathname ?? '').split('/')
  const owner = url?.hostname ?? ''
  if (!url || !PLAIN.test(owner) || !PLAIN.test(repository) || path.includes('..'))
    throw new UsageError('--source must be github://[user:token@]owner/repository/path[#ref]')
  return {
    owner,
    repository,
    path: path.filter((part) => part !== '').join('/'),
    ref: decoded(url.hash.slice(1)) || 'HEAD',
    user: decoded(url.username),
    token: decoded(url.password),
  }
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * The folder with the files that a source names. The repository's tarball is kept in the user's cache: of a commit
 * for good, of a branch or tag until GitHub says that it has moved. `GITHUB_API_URL` names another GitHub.
 * @throws Error with one line, without user and token
 */
export async function downloadGithub(text: string, cache: string = cacheFolder()): Promise<string> {
  const source = parseGithub(text)
  const { owner, repository, ref, path } = source
  const folder = join(cache, owner, repository, encodeURIComponent(ref))
  const name = `${owner}/${repository} at ${ref}`
  if (!COMMIT.test(ref) || !fs.existsSync(folder)) await refresh(source, name, folder)
  const found = join(folder, 'files', path)
  if (!fs.existsSync(found)) throw new Error(`${name} has no folder ${path}`)
  return found
}

async function refresh(source: GithubSource, name: string, folder: string): Promise<void> {
  const etagFile = join(folder, 'etag')
  const etag = fs.existsSync(etagFile) ? fs.readFileSync(etagFile, 'utf8') : ''
  const response = await ask(source, etag).catch((cause: unknown) => {
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
    throw new Error(`cannot download ${name}: ${reason instanceof Error ? reason.message : String(reason)}`)
  })
  if (response.status === 304) return
  if (!response.ok) throw new Error(`cannot download ${name}: ${refusal(response.status)}`)

  fs.mkdirSync(dirname(folder), { recursive: true, mode: 0o700 })
  const made = fs.mkdtempSync(`${folder}.`)
  try {
    await unpack(response.body ?? [], join(made, 'files'))
    fs.writeFileSync(join(made, 'etag'), response.headers.get('etag') ?? '')
    // Whole or not at all, whoever else downloads it.
    fs.rmSync(folder, { recursive: true, force: true })
    fs.renameSync(made, folder)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`cannot unpack ${name}: ${reason}`, { cause })
  } finally {
    fs.rmSync(made, { recursive: true, force: true })
  }
}

/** https://docs.github.com/en/rest/repos/contents#download-a-repository-archive-tar */
function ask({ owner, repository, ref, user, token }: GithubSource, etag: string): Promise<Response> {
  const api = process.env['GITHUB_API_URL'] || 'https://api.github.com'
  const headers = new Headers({ 'user-agent': 'skygear-migrate' })
  if (user || token)
    headers.set('authorization', `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`)
  if (etag) headers.set('if-none-match', etag)
  const tarball = ref.split('/').map(encodeURIComponent).join('/')
  return fetch(`${api}/repos/${owner}/${repository}/tarball/${tarball}`, {
    headers,
    signal: AbortSignal.timeout(DOWNLOAD_MS_MAX),
  })
}

/** GitHub hides a private repository from those who may not read it. */
function refusal(status: number): string {
  if (status === 401) return 'GitHub does not accept the user and token (401)'
  if (status === 403 || status === 429) return `GitHub forbids it, or it was asked too often (${status})`
  if (status === 404) return 'no such repository or ref, or the token may not read it (404)'
  return `GitHub answered ${status}`
}

/** GitHub packs everything in one folder, named after the commit. Of it only SQL is wanted. */
async function unpack(
  tarball: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  folder: string,
): Promise<void> {
  // Few runs need it.
  const { extract } = await import('tar')
  fs.mkdirSync(folder)
  const filter = (path: string) => path.endsWith('.sql')
  await pipeline(tarball, extract({ cwd: folder, strip: 1, strict: true, filter }))
}

const cacheFolder = (): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir() || tmpdir(), '.cache'), 'skygear', 'migrations')
