import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Clock ticks of `/proc/<pid>/stat` are hundredths of a second on every Linux that Node runs on (proc(5), USER_HZ). */
const TICK_MS = 10

/** Fields of proc(5) `/proc/<pid>/stat` after the command, which may hold spaces; null once the process is gone. */
function statOf(pid: string): readonly string[] | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? null
  } catch {
    return null
  }
}
const PARENT = 1
const USER_TICKS = 11
const SYSTEM_TICKS = 12
/** Of children that have ended and were waited for. */
const ENDED_TICKS = [13, 14] as const
const msOf = (stat: readonly string[] | null): number =>
  stat === null ? 0 : (Number(stat[USER_TICKS]) + Number(stat[SYSTEM_TICKS])) * TICK_MS

/** Milliseconds of processor time so far, of all threads. 0 where there is no `/proc`. */
export const cpuOf = {
  process: (pid: number): number => msOf(statOf(String(pid))),
  /** The server process and all its children, those that have ended included: sessions and their parallel workers. */
  postgres(dataDir: string): number {
    const postmaster = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')[0] ?? ''
    const all = safely(() => readdirSync('/proc')).filter((name) => /^\d+$/.test(name))
    const family = all.filter((pid) => pid === postmaster || statOf(pid)?.[PARENT] === postmaster)
    const ended = ENDED_TICKS.reduce((sum, field) => sum + Number(statOf(postmaster)?.[field] ?? 0), 0)
    return family.reduce((sum, pid) => sum + msOf(statOf(pid)), ended * TICK_MS)
  },
}

function safely(read: () => readonly string[]): readonly string[] {
  try {
    return read()
  } catch {
    return []
  }
}
