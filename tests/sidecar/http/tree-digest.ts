/** Checks whether anything of a store has changed. */
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** The copy that may be deleted, and what processes hold while they run. */
const NO_TRUTH = /^data\/(?:index\.sqlite|store\.lock|service\.lock)/u

/** Returns a digest of every name, time and byte of a store. */
export function treeDigest(root: string): string {
  const hash = createHash('sha256')
  const visit = (place: string): void => {
    if (NO_TRUTH.test(place)) return
    const path = join(root, place)
    const stat = lstatSync(path)
    hash.update(`${place}\0${String(stat.mode)}\0`)
    if (stat.isSymbolicLink()) hash.update(readlinkSync(path))
    else if (stat.isFile()) hash.update(readFileSync(path))
    else {
      for (const name of readdirSync(path).sort()) visit(place === '' ? name : `${place}/${name}`)
    }
    // `data` itself changes with the files of the index.
    if (place !== 'data') hash.update(`\0${String(stat.mtimeMs)}\0`)
  }
  visit('')
  return hash.digest('hex')
}
