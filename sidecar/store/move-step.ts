/**
 * Steps that move a file or folder, or give a file a second name, falling back where the system
 * cannot.
 */
import fs from 'node:fs'
import { dirname } from 'node:path'
import { AppError } from '../../schemas/errors.ts'
import type { SeenFile } from '../../schemas/records.ts'
import { errnoOf } from '../platform/disk-calls.ts'
import { removeName, removeTemporaries } from '../platform/disk.ts'
import { cleanupOnError } from '../platform/cleanup-on-error.ts'
import { moveFile, moveFolder as renameFolder, takeFile } from '../platform/move-file.ts'
import { nameTaken } from '../platform/name-taken.ts'
import { makeLink, renameLink } from '../platform/links.ts'
import { flushFolder } from '../platform/folders.ts'
import { ensureFolder } from '../platform/folders.ts'
import {
  identityAt,
  isOneFile,
  isUnchanged,
  assertUnchanged,
  sourceChanged,
  type NumericSeenFile,
} from '../platform/file-identity.ts'
import { putBack } from '../platform/remove-duplicate.ts'
import { removeIf } from '../platform/remove-if.ts'
import { temporaryBeside } from '../platform/temporary-names.ts'
import { isHeldAt, moveAcrossVolumes, moveFolderAcross } from '../platform/move-across.ts'
import type { StorePath } from './store-paths.ts'

/** The file as it was read: one that was written to since is refused. */
export type Seen = SeenFile | NumericSeenFile

/** Moves a file, or renames a folder, to a free name. */
export interface MoveStep {
  readonly do: 'move'
  readonly from: StorePath
  readonly to: StorePath
  readonly seen?: Seen
  /** The name that the file gets first, where other programs may write to `from`. */
  readonly aside?: StorePath
}

/**
 * Applies a step, or finishes an interrupted run of it. Where the system cannot rename, the bytes
 * are copied and the original is removed.
 * @param at returns the absolute path of one of the store
 * @throws blob.not_found, view.path_taken, import.source_changed, disk.*
 */
export async function makeMove(step: MoveStep, at: (path: StorePath) => string): Promise<void> {
  const [from, to] = [at(step.from), at(step.to)]
  const aside = step.aside === undefined ? undefined : at(step.aside)
  if (aside !== undefined) {
    if (isOneFile(aside, to)) {
      await removeName(aside)
      return
    }
    if (!putBack(aside, from)) throw taken(from)
  }
  const source = fs.lstatSync(from, { throwIfNoEntry: false })
  if (source === undefined) {
    if (nameTaken(to)) return
    throw new AppError('blob.not_found', `${from} is gone`)
  }
  if (source.isSymbolicLink() && leadsTo(from, to)) return
  if (step.seen !== undefined && isMoved(to, step.seen)) return
  if (step.seen !== undefined) assertUnchanged(from, step.seen)
  await ensureFolder(dirname(to))
  if (source.isDirectory()) await moveFolder(from, to)
  else if (!(await moveOneFile({ from, to, seen: step.seen, aside }))) throw taken(to)
}

/** A file being moved, by absolute paths. */
interface MovedFile {
  readonly from: string
  readonly to: string
  readonly seen: Seen | undefined
  readonly aside: string | undefined
}

/** Renames a file, or copies it and removes the original where the system cannot rename. */
async function moveOneFile({ from, to, seen, aside }: MovedFile): Promise<boolean> {
  if (nameTaken(to)) return finishMove(from, to, aside)
  try {
    if (seen === undefined) return await moveFile(from, to, aside)
    return await takeFile({ from, path: to, seen, aside })
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error
    return moveAcrossVolumes(from, to, aside)
  }
}

/** Both names exist: the move was interrupted, or a foreign file took the new name. */
async function finishMove(from: string, to: string, aside?: string): Promise<boolean> {
  if (aside === undefined) {
    const isHeld = await isHeldAt(from, to)
    if (isHeld) await removeName(from)
    return isHeld
  }
  if (!isOneFile(from, to)) return false
  await removeIf({ path: from, aside, isMeant: (at) => isOneFile(at, to) })
  await flushFolder(dirname(from))
  return true
}

function taken(path: string): AppError {
  return new AppError('view.path_taken', `${path} is taken`, {
    hint: 'Move what stands there away, then repeat.',
  })
}

/** Reports whether a link at the former place of a file leads to it. */
function leadsTo(link: string, path: string): boolean {
  try {
    return fs.realpathSync(link) === fs.realpathSync(path)
  } catch {
    return false
  }
}

/**
 * Reports whether the file that was seen has its new name, even if its old one is taken by another
 * file.
 */
function isMoved(to: string, seen: Seen): boolean {
  const there = identityAt(to)
  return there !== null && isUnchanged(there, seen)
}

/**
 * Gives a file a second name; an existing one is left.
 * @throws import.source_changed, disk.*
 */
export async function makeSecondName(from: string, to: string, seen?: Seen): Promise<void> {
  if (nameTaken(to)) return
  if (seen !== undefined) assertUnchanged(from, seen)
  await ensureFolder(dirname(to))
  // A killed process may have left one, and each name of a file counts.
  await removeTemporaries(to)
  const temporary = temporaryBeside(to)
  makeLink({ hard: from }, temporary)
  await cleanupOnError(temporary, () => {
    if (seen !== undefined) assertLinked(from, temporary, seen)
    return renameLink(temporary, to)
  })
}

/** Asserts that a link was made to the file that was seen, and not to another one. */
function assertLinked(from: string, link: string, seen: Seen): void {
  const linked = identityAt(link)
  if (linked === null || !isUnchanged(linked, seen)) throw sourceChanged(from)
}

/** Renames a folder; an interrupted move across volumes may have left one at `to`. */
async function moveFolder(from: string, to: string): Promise<void> {
  const there = fs.lstatSync(to, { throwIfNoEntry: false })
  if (there !== undefined && !there.isDirectory()) throw taken(to)
  try {
    await renameFolder(from, to)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOTEMPTY' || errno === 'EEXIST') throw taken(to)
    if (errno !== 'EXDEV') throw error
    if (!(await moveFolderAcross(from, to))) throw taken(to)
  }
}
