/** Names that files get in their own folder before they are removed. */
import { randomBytes } from 'node:crypto'
import { dirname, join } from 'node:path'

const ASIDE = /^\.[0-9a-f]{12}\.synapse-aside$/u

/** Returns a fresh name in the folder of `path`. */
export function asideName(path: string): string {
  return join(dirname(path), `.${randomBytes(6).toString('hex')}.synapse-aside`)
}

/** Reports whether a file name is one that {@link asideName} made. */
export function isAsideName(name: string): boolean {
  return ASIDE.test(name)
}
