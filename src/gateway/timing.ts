/** How long each stage of a request took, in milliseconds, in the order they ended. */
export type Timing = {
  /** What passed since the stage before ended belongs to this one. */
  readonly end: (stage: string) => void
  /** Part of a stage, counted apart: the database's share of the action. */
  readonly add: (part: string, ms: number) => void
  readonly total: () => number
  /** `Server-Timing` (W3C Server Timing, section 3). */
  readonly header: () => string
}

/** `clock` in milliseconds. In production it stands still while code runs and moves with I/O (design, section 10). */
export function timing(clock: () => number): Timing {
  const started = clock()
  let last = started
  const spent: { readonly name: string; ms: number }[] = []
  const add = (name: string, ms: number) => {
    const known = spent.find((stage) => stage.name === name)
    if (known) known.ms += ms
    else spent.push({ name, ms })
  }
  return {
    end(stage) {
      const now = clock()
      add(stage, now - last)
      last = now
    },
    add,
    total: () => clock() - started,
    header: () =>
      [...spent, { name: 'total', ms: clock() - started }]
        .map(({ name, ms }) => `${name};dur=${ms.toFixed(1)}`)
        .join(', '),
  }
}
