/** Names that files get in their own folder before they are removed. */
import { randomBytes } from 'node:crypto'
import { basename, dirname, join } from 'node:path'

const ASIDE = /^\.[0-9a-f]{12}(?:\.(?<name>.+))?\.synapse-aside$/su

/** A longer name might not fit with what is added: encrypted folders allow 143 bytes. */
const MAX_NAME_BYTES = 100

const randomPart = () => randomBytes(6).toString('hex')

/** Returns a fresh name in the folder of `path`; the caller records whose it is. */
export function asideName(path: string): string {
  return join(dirname(path), `.${randomPart()}.synapse-aside`)
}

/** Returns a fresh name as {@link asideName} does, with the file's own name in it if that fits. */
export function asideWithName(path: string): string {
  const name = basename(path)
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return asideName(path)
  return join(dirname(path), `.${randomPart()}.${name}.synapse-aside`)
}

/** Reports whether a file name is one that {@link asideName} or {@link asideWithName} made. */
export function isAsideName(name: string): boolean {
  return ASIDE.test(name)
}

/** Returns the name that a file had before {@link asideWithName}; null where it is not in there. */
export function nameBeforeAside(name: string): string | null {
  return ASIDE.exec(name)?.groups?.['name'] ?? null
}
