import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'

export type Peer = { readonly pid: number; readonly stop: () => Promise<void> }

/**
 * A script in a process of its own, which prints `ready` and what `said` is when it is, and other things before that if
 * it likes. It may write logs where it is started.
 */
export async function startPeer(
  script: string,
  args: readonly string[],
): Promise<Peer & { readonly said: string }> {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const killed = () => child.kill('SIGKILL')
  process.once('exit', killed)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const said = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('ready')) resolve(line.slice('ready'.length).trim())
    })
  })
  return {
    said,
    pid: child.pid ?? 0,
    async stop() {
      process.off('exit', killed)
      child.kill()
      await ended
    },
  }
}

/** Sends JSON and answers JSON. @throws Error where the status is no success */
export async function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as Readonly<Record<string, unknown>>
  if (!response.ok) throw new Error(`${url}: ${response.status} ${JSON.stringify(answer)}`)
  return answer
}
