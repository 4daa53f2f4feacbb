import type { RandomText } from '../core/ports.ts'

/** From the platform's generator. A byte that would favour the first characters is thrown away. */
export const randomText: RandomText = (alphabet, length) => {
  const fair = 256 - (256 % alphabet.length)
  let text = ''
  while (text.length < length)
    for (const byte of crypto.getRandomValues(new Uint8Array(length)))
      if (byte < fair && text.length < length) text += alphabet[byte % alphabet.length]
  return text
}
