/**
 * Names of our temporary files. Each contains six hexadecimal digits of the process that made it,
 * which distinguish leftovers of a killed process from files that another one is writing.
 */
import { randomBytes } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { uuidv7 } from './uuid.ts'

/** This process, among those that write temporary files: six hexadecimal digits. */
export const ownProcess = randomBytes(3).toString('hex')

const BESIDE = /^\..+\.(?<owner>[0-9a-f]{6})[0-9a-f]{6}\.synapse-tmp$/su
const PART =
  /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{6}(?<owner>[0-9a-f]{6})\.part$/u

/** The prefix of all temporary names beside `path`. */
const beginningOf = (path: string) => `.${basename(path).slice(0, 60)}.`

/** Returns a fresh temporary name beside `path`, which `clean` recognizes. */
export function temporaryBeside(path: string): string {
  const unique = randomBytes(3).toString('hex')
  return join(dirname(path), `${beginningOf(path)}${ownProcess}${unique}.synapse-tmp`)
}

/** Returns a fresh name for bytes that have no name of their own yet. */
export function partialName(): string {
  return `${uuidv7(Date.now()).slice(0, -ownProcess.length)}${ownProcess}.part`
}

/** Reports whether a file name is one that {@link temporaryBeside} made. */
export function isTemporaryName(name: string): boolean {
  return BESIDE.test(name)
}

/** Reports whether a file name is one that {@link temporaryBeside} made for `path`. */
export function isTemporaryOf(name: string, path: string): boolean {
  const beginning = beginningOf(path)
  return (
    name.startsWith(beginning) && /^[0-9a-f]{12}\.synapse-tmp$/u.test(name.slice(beginning.length))
  )
}

/**
 * Returns the process that made a temporary file, from its name; null for a name of another form.
 */
export function ownerOf(name: string): string | null {
  return (BESIDE.exec(name) ?? PART.exec(name))?.groups?.['owner'] ?? null
}
