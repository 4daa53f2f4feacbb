import type { ArgsDef, CommandDef } from 'citty'
import { vi } from 'vitest'
import { runCli } from '../../cli/command-line.ts'
import type { Outcome } from './processes.ts'

/**
 * A command run in this process, as `run` does in one of its own: for what it says and does where the process is not the
 * point, at a hundredth of the time. One at a time.
 */
export async function runHere<A extends ArgsDef>(
  command: CommandDef<A>,
  args: readonly string[],
): Promise<Outcome> {
  const before = process.exitCode
  vi.stubEnv('DATABASE_URL', '')
  const [out, err] = [
    vi.spyOn(console, 'log').mockReturnValue(undefined),
    vi.spyOn(console, 'error').mockReturnValue(undefined),
  ]
  try {
    Object.assign(process, { exitCode: undefined })
    await runCli(command, args)
    const [stdout, stderr] = [out, err].map(({ mock }) =>
      mock.calls.map(([line]) => `${String(line)}\n`).join(''),
    )
    return { code: Number(process.exitCode ?? 0), stdout: stdout ?? '', stderr: stderr ?? '' }
  } finally {
    out.mockRestore()
    err.mockRestore()
    vi.unstubAllEnvs()
    process.exitCode = before
  }
}
