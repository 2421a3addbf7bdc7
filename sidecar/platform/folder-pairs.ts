/** What the system allows between two folders, found out by trying. */
import fs from 'node:fs'
import { basename, join } from 'node:path'
import * as calls from './disk-calls.ts'
import { diskErrorAt } from './disk-error.ts'
import { isTemporaryOf, temporaryBeside } from './temporary-names.ts'

/**
 * Reports whether files of the folder `from` can probably be renamed into the folder `to`; nothing
 * is changed. Device numbers alone do not show it: two mounts of one disk share a number, and on a
 * layered volume files and folders have different ones. The rename itself may still answer `EXDEV`.
 */
export function mayRename(from: string, to: string): boolean {
  const [source, target] = [from, to].map((folder) =>
    fs.statSync(folder, { bigint: true, throwIfNoEntry: false }),
  )
  if (source === undefined || source.dev !== target?.dev) return false
  const nothing = temporaryBeside(join(from, 'rename-trial'))
  return calls.askRename(nothing, join(to, basename(nothing))) !== 'EXDEV'
}

const LINK_TRIAL = 'link-trial'

/** Reports whether `path` can get a second name in `folder`, by giving it one for a moment. */
export function canLinkInto(path: string, folder: string): boolean {
  const trial = temporaryBeside(join(folder, LINK_TRIAL))
  try {
    calls.hardLink(path, trial)
  } catch {
    return false
  }
  removeTrial(trial)
  return true
}

/**
 * Removes the second names in `folder` that a killed process left in {@link canLinkInto}: with one,
 * a file would count as hard-linked by another program. Those of a live process are gone within a
 * moment anyway.
 */
export function removeLinkTrials(folder: string): void {
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : []
  for (const name of names) if (isTemporaryOf(name, LINK_TRIAL)) removeTrial(join(folder, name))
}

function removeTrial(path: string): void {
  try {
    calls.unlink(path)
  } catch (error) {
    if (calls.errnoOf(error) !== 'ENOENT') throw diskErrorAt(error, path)
  }
}

/**
 * Reports whether two paths are on volumes with different device numbers, and so with separate free
 * space; the second need not exist. Does not show what can be renamed.
 */
export function isOtherVolume(from: string, folder: string): boolean {
  const there = fs.statSync(folder, { bigint: true, throwIfNoEntry: false })
  return there !== undefined && fs.lstatSync(from, { bigint: true }).dev !== there.dev
}
