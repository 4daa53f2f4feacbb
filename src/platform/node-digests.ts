import { createHash, createHmac } from 'node:crypto'
import type { Digests } from '../core/ports.ts'

/** By node:crypto, which answers at once: WebCrypto would make a promise of every URL in a record. */
export const nodeDigests = (): Digests => ({
  hmac: (secret, text, encoding) => createHmac('sha256', secret).update(text).digest(encoding),
  hash: (text) => createHash('sha256').update(text).digest('hex'),
})
