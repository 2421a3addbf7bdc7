/** Whether a name is free. */
import fs from 'node:fs'

/** Reports whether anything has this name, even a broken link. */
export function nameTaken(path: string): boolean {
  return fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
