import type { OptionsGraph, ZxcvbnFactory } from '@zxcvbn-ts/core'
import { GUESSED_CHARS_MAX, GUESSED_WORDS_MAX } from '../core/limits.ts'
import type { PasswordStrength } from '../core/ports.ts'

/**
 * zxcvbn with the words of all languages: the passwords that leaked most, diceware, and keyboards. What it knows are
 * modules of their own beside the main script (wrangler.toml, rules), read with the first password that is judged: an
 * isolate whose apps do not ask for it never pays for it.
 */
export function zxcvbnStrength(): PasswordStrength {
  let made: ZxcvbnFactory | undefined
  return {
    async score(password, words) {
      // Not the promise: another request's is not to be awaited (core/flights.ts).
      made ??= await make()
      const known = words.slice(0, GUESSED_WORDS_MAX).map((word) => word.slice(0, GUESSED_CHARS_MAX))
      return made.check(password, known).score
    },
  }
}

async function make(): Promise<ZxcvbnFactory> {
  const [core, passwords, diceware, graphs] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common/src/passwords.json'),
    import('@zxcvbn-ts/language-common/src/diceware.json'),
    import('@zxcvbn-ts/language-common/src/adjacencyGraphs.json'),
  ])
  return new core.ZxcvbnFactory({
    dictionary: {
      'passwords-common': JSON.parse(passwords.default) as string[],
      'diceware-common': JSON.parse(diceware.default) as string[],
    },
    graphs: JSON.parse(graphs.default) as OptionsGraph,
    maxLength: GUESSED_CHARS_MAX,
  })
}
