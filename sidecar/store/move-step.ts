/**
 * Moving a file or folder, and giving a file a second name: steps that ask the system whether it
 * can.
 */
import fs from 'node:fs'
import { dirname, isAbsolute } from 'node:path'
import { AppError } from '../../schemas/errors.ts'
import type { SeenFile } from '../../schemas/records.ts'
import { asideName } from '../platform/aside-name.ts'
import { errnoOf } from '../platform/disk-calls.ts'
import { removeName } from '../platform/disk.ts'
import { moveFile, moveFolder as renameFolder, takeFile } from '../platform/move-file.ts'
import { nameTaken } from '../platform/move-file.ts'
import { makeLink } from '../platform/links.ts'
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
import { putBack } from '../platform/let-go.ts'
import { isHeldAt, moveAcrossVolumes, moveFolderAcross } from '../platform/move-across.ts'
import type { StorePath } from './store-paths.ts'

const VIEWS = 'data/views/'

/** The file as it was read: one that was written to since is not taken. */
export type Seen = SeenFile | NumericSeenFile

/** Moves a file, or renames a folder, to a name that is free. */
export interface MoveStep {
  readonly do: 'move'
  readonly from: StorePath
  readonly to: StorePath
  readonly seen?: Seen
  /** The name that a person's file gets before it goes, where no rename leads to `to`. */
  readonly aside?: StorePath
}

/**
 * Gives the move of a person's file the name that the file gets before it goes, in case that it
 * has to be copied.
 */
export function withAside(step: MoveStep): MoveStep {
  const persons = isAbsolute(step.from) || step.from.startsWith(VIEWS)
  return persons ? { aside: asideName(step.from).replaceAll('\\', '/'), ...step } : step
}

/**
 * Makes a step, or finishes what an interrupted run of it began. Where the system cannot rename,
 * the bytes are copied and the original is removed.
 * @param at gives the absolute path of a place
 * @throws blob.not_found, view.path_taken, import.source_changed, disk.*
 */
export async function makeMove(step: MoveStep, at: (place: StorePath) => string): Promise<void> {
  const [from, to] = [at(step.from), at(step.to)]
  const aside = step.aside === undefined ? undefined : at(step.aside)
  if (aside !== undefined && !putBack(aside, from)) throw taken(from)
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

/** A file on its way, by absolute paths. */
interface MovedFile {
  readonly from: string
  readonly to: string
  readonly seen: Seen | undefined
  readonly aside: string | undefined
}

/** Renames a file, or, where the system says that it cannot, copies it and removes the original. */
async function moveOneFile({ from, to, seen, aside }: MovedFile): Promise<boolean> {
  if (nameTaken(to)) return finishMove(from, to, aside)
  try {
    return await (seen === undefined ? moveFile(from, to) : takeFile(from, to, seen))
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error
    return moveAcrossVolumes(from, to, aside)
  }
}

/** Where both names are there: a move that was interrupted between them, or a foreign file. */
async function finishMove(from: string, to: string, aside?: string): Promise<boolean> {
  const held = aside === undefined ? await isHeldAt(from, to) : isOneFile(from, to)
  if (held) await removeName(from)
  return held
}

function taken(path: string): AppError {
  return new AppError('view.path_taken', `${path} is taken`, {
    hint: 'Move what stands there away, then repeat.',
  })
}

/**
 * Reports whether a link leads to a file: it stands where the file was before it was moved there.
 */
function leadsTo(link: string, path: string): boolean {
  try {
    return fs.realpathSync(link) === fs.realpathSync(path)
  } catch {
    return false
  }
}

/**
 * Reports whether the file that was seen has its new name, be it that the old one has another.
 */
function isMoved(to: string, seen: Seen): boolean {
  const there = identityAt(to)
  return there !== null && isUnchanged(there, seen)
}

/**
 * Gives a file a second name; one that stands there already is left.
 * @throws import.source_changed, disk.*
 */
export async function makeSecondName(from: string, to: string, seen?: Seen): Promise<void> {
  if (nameTaken(to)) return
  if (seen !== undefined) assertUnchanged(from, seen)
  await ensureFolder(dirname(to))
  if (!makeLink({ hard: from }, to)) return
  if (seen !== undefined) await keepLinkOf(from, to, seen)
  await flushFolder(dirname(to))
}

/** Takes a link back that was made to another file than the one that was seen. */
async function keepLinkOf(from: string, to: string, seen: Seen): Promise<void> {
  const linked = identityAt(to)
  if (linked !== null && isUnchanged(linked, seen)) return
  await removeName(to)
  throw sourceChanged(from)
}

/** An interrupted move across volumes has left a folder at `to`: there a rename is refused too. */
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
