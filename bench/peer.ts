import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'

export type Peer = { readonly pid: number; readonly stop: () => Promise<void> }

/** A script in a process of its own, which prints one line when it is ready. It may write logs where it is started. */
export async function startPeer(
  script: string,
  args: readonly string[],
): Promise<Peer & { readonly line: string }> {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const killed = () => child.kill('SIGKILL')
  process.once('exit', killed)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const line = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)))
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()))
  })
  return {
    line,
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
