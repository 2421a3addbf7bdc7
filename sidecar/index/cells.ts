/** Ids and digests as the index stores them: bytes, half as long as their text. */
import type { Sha256, Uuid } from '../../schemas/ids.ts'

/** Returns a UUID as 16 bytes, which sort as its text does. */
export function uuidBytes(id: string): Uint8Array {
  return Buffer.from(id.replaceAll('-', ''), 'hex')
}

/** Returns the text of a UUID from its bytes; the inverse of {@link uuidBytes}. */
export function uuidText(bytes: Uint8Array): Uuid {
  const hex = Buffer.from(bytes).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, '$1-$2-$3-$4-$5') as Uuid
}

/** Returns a SHA-256 as 32 bytes. */
export function digestBytes(sha256: Sha256): Uint8Array {
  return Buffer.from(sha256, 'hex')
}
