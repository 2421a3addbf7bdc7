/** Steps that remove or bring back a user's original whose bytes the store holds. */
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Sha256 } from '../../schemas/ids.ts'
import type { SeenFile } from '../../schemas/records.ts'
import { cloneFile } from '../platform/clone-file.ts'
import { requireSpace } from '../platform/copy-file.ts'
import { publishOnce, removeName, setMode, setModified } from '../platform/disk.ts'
import { nameTaken } from '../platform/name-taken.ts'
import { ensureFolder } from '../platform/folders.ts'
import { copyWhole } from '../platform/move-across.ts'
import type { StorePath, StorePaths } from './store-paths.ts'

/** Removes an original; see `releaseFiles`. */
export interface ReleaseStep {
  readonly do: 'release'
  /** Absolute, or relative to the root. */
  readonly path: StorePath
  /** The name in the same folder that the file gets before it is removed. */
  readonly aside: StorePath
  /** The inode of that folder: another one may be mounted there now. */
  readonly folder_ino: string
  readonly sha256: Sha256
  readonly copy: StorePath
  readonly seen: SeenFile
  readonly copy_seen: SeenFile
  readonly mode: number
  /** When the original was last read, milliseconds since 1970. */
  readonly accessed_ms: number
}

/** Copies an original from the store back to where it was; an existing file is kept. */
export interface BringBackStep {
  readonly do: 'bring_back'
  /** Relative to the root. */
  readonly from: StorePath
  /** Absolute, or relative to the root. */
  readonly to: StorePath
  /** Where the copy is until it is complete. */
  readonly temporary: StorePath
  readonly mode: number
  readonly accessed_ms: number
  readonly modified_ms: number
}

const NS_PER_MS = 1e6

/** Returns the step that undoes a removal. */
export function bringBackOf(step: ReleaseStep): BringBackStep {
  return {
    do: 'bring_back',
    from: step.copy,
    to: step.path,
    temporary: join(
      dirname(step.path),
      `.original${basename(step.aside, '.synapse-aside')}.synapse-tmp`,
    ),
    mode: step.mode,
    accessed_ms: step.accessed_ms,
    modified_ms: Number(step.seen.mtime_ns) / NS_PER_MS,
  }
}

/** Returns a step with absolute paths, as the functions below take it. */
export function atPaths(paths: StorePaths, step: BringBackStep): BringBackStep {
  return { ...step, to: paths.absolute(step.to), temporary: paths.absolute(step.temporary) }
}

/**
 * Makes the complete, flushed copy that {@link bringBack} renames, sharing blocks where the volume
 * can. May run before the lock is held.
 * @throws disk.full before anything is written, disk.*
 */
export async function stageBringBack(blob: string, step: BringBackStep): Promise<void> {
  if (nameTaken(step.to)) return
  await removeName(step.temporary, false)
  await ensureFolder(dirname(step.to))
  if (!(await cloneFile(blob, step.temporary))) {
    requireSpace(dirname(step.to), fs.statSync(blob).size)
    await copyWhole(blob, step.temporary)
  }
  setMode(step.temporary, step.mode)
  setModified(step.temporary, step.modified_ms, step.accessed_ms)
}

/** Removes an unpublished copy of {@link stageBringBack}. @throws disk.* */
export async function discardBringBack(step: BringBackStep): Promise<void> {
  await removeName(step.temporary, false)
}

/**
 * Brings an original back, from its staged copy if that is complete. May be repeated.
 * @throws disk.*
 */
export async function bringBack(blob: string, step: BringBackStep): Promise<void> {
  if (nameTaken(step.to)) {
    await removeName(step.temporary, false)
    return
  }
  if (!isWhole(blob, step)) await stageBringBack(blob, step)
  await publishOnce(step.temporary, step.to)
}

/** Mode and times are set last, once the bytes are flushed. */
function isWhole(blob: string, step: BringBackStep): boolean {
  const staged = fs.lstatSync(step.temporary, { throwIfNoEntry: false })
  if (staged?.isFile() !== true) return false
  const sameSize = staged.size === fs.statSync(blob).size
  return sameSize && Math.abs(staged.mtimeMs - step.modified_ms) < 1
}
