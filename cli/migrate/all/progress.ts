import { versionText } from '../report.ts'
import { hasFailed, type Row } from './rows.ts'
import type { Target } from './targets.ts'

/** Tells a person how far it is, on stderr. */
export type Progress = {
  readonly start: (due: number, all: number) => void
  readonly done: (target: Target, rows: readonly Row[]) => void
  readonly say: (line: string) => void
  readonly end: () => void
}

type Screen = { readonly isTTY?: boolean; write(text: string): unknown }
const BAR_CHARACTERS = 30
/** Back to the line's start, and what stands there away (ECMA-48). */
const CLEAR = '\r\u001B[K'

/** A bar on a terminal, which stays one line; elsewhere a line for each schema. */
export function progressOn(screen: Screen): Progress {
  let [at, total, failures] = [0, 0, 0]
  const isBar = screen.isTTY === true
  const draw = () => {
    if (!isBar || total === 0) return
    const filled = Math.round((at / total) * BAR_CHARACTERS)
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_CHARACTERS - filled)
    screen.write(`${CLEAR}${bar} ${at}/${total}${failures > 0 ? `, ${failures} failed` : ''}`)
  }
  const say = (line: string) => {
    screen.write(`${isBar ? CLEAR : ''}${line}\n`)
    draw()
  }
  return {
    say,
    start(due, all) {
      total = due
      say(due === all ? `${all} schemas` : `${due} of ${all} schemas have somewhere to go`)
    },
    done({ schema }, rows) {
      at += 1
      const failed = rows.find(hasFailed)
      if (failed) failures += 1
      if (isBar) return draw()
      const moves = rows.flatMap(({ module, from, to }) =>
        from === to ? [] : [`${module} ${versionText(from)} → ${versionText(to)}`],
      )
      const said = failed ? [`failed: ${failed.error}`] : moves
      say(`${at}/${total} ${schema}: ${said.length > 0 ? said.join(', ') : 'no change'}`)
    },
    end() {
      if (isBar && total > 0) screen.write('\n')
    },
  }
}
