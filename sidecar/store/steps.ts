/**
 * An operation: steps that are written down before they are made, each of which may be repeated. After
 * a crash the next holder of the lock carries them on; undo makes them backwards.
 */
import fs from 'node:fs'
import { dirname, isAbsolute, join, posix } from 'node:path'
import { AppError } from '../../schemas/errors.ts'
import {
  appendLines,
  ensureFolder,
  flushFolder,
  makeLink,
  nameTaken,
  removeEmptyFolder,
  removeName,
  replaceFile,
  setMode,
  writeOnce,
} from '../platform/disk.ts'
import { errnoOf } from '../platform/disk-calls.ts'
import { isOneFile } from '../platform/file-identity.ts'
import { isTemporaryOf } from '../platform/temporary-names.ts'
import { readText } from './documents.ts'
import {
  patched,
  isTrashPaper,
  patchOf,
  reversePatch,
  textDigest,
  type PatchStep,
  type WriteStep,
} from './patch-step.ts'
import { makeMove, makeSecondName, type MoveStep, type Seen } from './move-step.ts'
import {
  atPaths,
  bringBack,
  bringBackOf,
  type BringBackStep,
  type ReleaseStep,
} from './release-step.ts'
import type { StorePath, StorePaths } from './store-paths.ts'

/** One step. Paths are relative to the root, or absolute for files of the user's. */
export type Step =
  | WriteStep
  | PatchStep
  | MoveStep
  | ReleaseStep
  | BringBackStep
  /** Gives a file a second name; both are the same bytes from then on. */
  | {
      readonly do: 'link'
      readonly from: StorePath
      readonly to: StorePath
      readonly seen?: Seen
    }
  /** Takes a name of a file away that has another one. */
  | { readonly do: 'unlink'; readonly path: StorePath }
  /** Removes a symbolic link that says `target`. */
  | { readonly do: 'unlink_symbolic'; readonly path: StorePath; readonly target: string }
  /** Makes a symbolic link where nothing stands. */
  | { readonly do: 'link_symbolic'; readonly path: StorePath; readonly target: string }
  /** Writes a file that never changes; one that is there stays. */
  | { readonly do: 'once'; readonly path: StorePath; readonly text: string }
  | { readonly do: 'line'; readonly path: StorePath; readonly text: string }
  | {
      readonly do: 'mode'
      readonly path: StorePath
      readonly before: number
      readonly after: number
    }

/**
 * Returns a write step that turns a document as it stands into another; null where nothing changes.
 */
export function writeStep(paths: StorePaths, path: string, after: string | null): WriteStep | null {
  const before = readText(path)
  return before === after ? null : { do: 'write', path: paths.place(path), before, after }
}

function resolve(paths: StorePaths, path: StorePath): string {
  return paths.absolute(path)
}

async function putText(path: string, text: string | null): Promise<void> {
  if (text === null) {
    if (fs.existsSync(dirname(path))) await removeDocument(path)
    return
  }
  await ensureFolder(dirname(path))
  await replaceFile(path, text)
}

/**
 * Removes a document, what a killed process left of writing it, and its folder where nothing else
 * is in it. Documents are written under the lock alone: nobody is writing this one now.
 */
async function removeDocument(path: string): Promise<void> {
  const folder = dirname(path)
  for (const name of fs.readdirSync(folder)) {
    if (isTemporaryOf(name, path)) await removeName(join(folder, name))
  }
  await removeName(path)
  removeEmptyFolder(folder)
}

async function patch(path: string, step: PatchStep): Promise<void> {
  const now = readText(path)
  const after = patched(step, now)
  // A document that is to go may have left its folder behind.
  if (after !== now || after === null) await putText(path, after)
}

/** Reports whether a symbolic link stands at `path` that says `target`. */
function saysTarget(path: string, target: string): boolean {
  const link = fs.lstatSync(path, { throwIfNoEntry: false })
  return link?.isSymbolicLink() === true && fs.readlinkSync(path) === target
}

async function linkSymbolic(path: string, target: string): Promise<void> {
  await ensureFolder(dirname(path))
  if (!makeLink({ symbolic: target }, path)) return
  await flushFolder(dirname(path))
}

/** Makes a step, or does nothing where it is made already. @throws as {@link applySteps} */
async function applyStep(paths: StorePaths, step: Step): Promise<void> {
  switch (step.do) {
    case 'write':
      await putText(paths.at(step.path), step.after)
      return
    case 'patch':
      await patch(paths.at(step.path), step)
      return
    case 'move':
      await makeMove(step, (place) => resolve(paths, place))
      dropEmptied(paths, step.from)
      return
    case 'unlink':
      await removeName(resolve(paths, step.path))
      return
    case 'release':
      // Made by `releaseFiles` alone, and never again after a crash.
      return
    case 'bring_back':
      await bringBack(paths.at(step.from), atPaths(paths, step))
      return
    case 'link':
      await makeSecondName(resolve(paths, step.from), resolve(paths, step.to), step.seen)
      return
    case 'unlink_symbolic':
      if (saysTarget(resolve(paths, step.path), step.target)) {
        await removeName(resolve(paths, step.path))
      }
      return
    case 'link_symbolic':
      await linkSymbolic(resolve(paths, step.path), step.target)
      return
    case 'once':
      await writeOnce(paths.at(step.path), step.text)
      return
    case 'line':
      await appendLines(paths.at(step.path), step.text)
      return
    case 'mode':
      if (nameTaken(resolve(paths, step.path))) setMode(resolve(paths, step.path), step.after)
  }
}

/** Reports whether a later move has taken away already what a step in the store is about. */
function isPassed(paths: StorePaths, step: Step, later: readonly Step[]): boolean {
  if (!('path' in step) || isAbsolute(step.path)) return false
  return later.some((move) => {
    if (move.do !== 'move' || !step.path.startsWith(`${move.from}/`)) return false
    return !nameTaken(resolve(paths, move.from)) && nameTaken(resolve(paths, move.to))
  })
}

/**
 * Makes steps one after the other; those that were made already are passed over, however far an
 * earlier run came.
 * @param makeElsewhere makes a step in another process; null for one that is to be made here
 * @throws disk.*, view.path_taken, blob.not_found
 */
export async function applySteps(
  paths: StorePaths,
  steps: readonly Step[],
  onStep: () => void = () => undefined,
  makeElsewhere: (step: Step) => Promise<void> | null = () => null,
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    onStep()
    if (isPassed(paths, step, steps.slice(index + 1))) continue
    await (makeElsewhere(step) ?? applyStep(paths, step))
  }
}

/** Folders of the store, below which one that a move has emptied goes too. */
const TIDIED = ['state/packs/', 'data/trash/', 'data/blobs/sha256/']

/** Removes the folders above a name that was moved away, from the inside, while they are empty. */
function dropEmptied(paths: StorePaths, place: StorePath): void {
  const home = TIDIED.find((folder) => place.startsWith(folder))
  if (home === undefined) return
  for (
    let above = posix.dirname(place);
    above.length >= home.length;
    above = posix.dirname(above)
  ) {
    const folder = paths.at(above)
    if (!removeEmptyFolder(folder) && nameTaken(folder)) return
  }
}

/**
 * The step that takes another one back; null where there is nothing to take back: a file written
 * once or a line appended stays, neither does harm.
 */
function invertStep(step: Step): Step | null {
  switch (step.do) {
    case 'write':
    case 'mode':
      return { ...step, before: step.after, after: step.before } as Step
    case 'patch':
      return reversePatch(step)
    case 'move':
      return { do: 'move', from: step.to, to: step.from }
    case 'link':
      return { do: 'unlink', path: step.to }
    case 'unlink_symbolic':
      return { ...step, do: 'link_symbolic' }
    case 'link_symbolic':
      return { ...step, do: 'unlink_symbolic' }
    case 'release':
      return bringBackOf(step)
    case 'once':
    case 'line':
    case 'unlink':
    case 'bring_back':
      return null
  }
}

/** Returns the steps that undo others, last one first. */
export function invertSteps(steps: readonly Step[]): Step[] {
  return steps.toReversed().flatMap((step) => invertStep(step) ?? [])
}

/** A step that changes a document. */
export type DocumentStep = WriteStep | PatchStep

/** Reports whether a step changes a document. */
export function isDocumentStep(step: Step): step is DocumentStep {
  return step.do === 'write' || step.do === 'patch'
}

/** Returns SHA-256 of a document before and after a step; null: it is not there. */
export function documentDigests(step: DocumentStep): {
  readonly before: string | null
  readonly after: string | null
} {
  if (step.do === 'patch') return { before: step.from, after: step.to }
  return { before: textDigest(step.before), after: textDigest(step.after) }
}

/** Reports whether a document stands as it did before a step. */
function textBefore(step: DocumentStep, now: string | null): boolean {
  return step.do === 'write' ? now === step.before : textDigest(now) === step.from
}

/** Reports whether a document stands as a step has left it. */
function textAfter(step: DocumentStep, now: string | null): boolean {
  return step.do === 'write' ? now === step.after : textDigest(now) === step.to
}

/** Returns steps as the journal keeps them: without whole documents. */
export function storedSteps(steps: readonly Step[]): Step[] {
  return steps.map((step) => (step.do === 'write' ? patchOf(step) : step))
}

/**
 * Refuses to go on with steps after somebody has edited a document that they write.
 * @throws view.path_taken
 */
export function assertUnedited(paths: StorePaths, steps: readonly Step[]): void {
  for (const step of steps) {
    if (!isDocumentStep(step) || isTrashPaper(step.path)) continue
    const now = readText(paths.at(step.path))
    if (now === null || textBefore(step, now) || textAfter(step, now)) continue
    throw new AppError('view.path_taken', `${step.path} was changed since`, {
      hint: 'Look at what stands there now, then repeat.',
    })
  }
}

/**
 * Reports whether a move was not made for sure: at its new name stands what one of the `earlier` steps
 * was to move away from there first.
 */
export function isUnmade(paths: StorePaths, step: Step, earlier: readonly Step[]): boolean {
  if (step.do !== 'move') return false
  return earlier.some(
    (move) => move.do === 'move' && move.from === step.to && !nameTaken(resolve(paths, move.to)),
  )
}

/** Returns why a step cannot be made backwards now, or null where it can. */
export function undoConflict(paths: StorePaths, step: Step): string | null {
  if (isDocumentStep(step)) {
    if (isTrashPaper(step.path)) return null
    const now = readText(paths.at(step.path))
    return textAfter(step, now) ? null : `${step.path} was changed since`
  }
  return nameObstacle(paths, step)
}

function nameObstacle(paths: StorePaths, step: Step): string | null {
  if (step.do === 'release') return releaseObstacle(paths, step)
  if (step.do === 'unlink_symbolic') {
    const path = resolve(paths, step.path)
    return nameTaken(path) && !saysTarget(path, step.target) ? `${step.path} is taken` : null
  }
  return step.do === 'move' || step.do === 'link' ? movedObstacle(paths, step) : null
}

function movedObstacle(
  paths: StorePaths,
  step: Extract<Step, { readonly do: 'move' | 'link' }>,
): string | null {
  const [from, to] = [resolve(paths, step.from), resolve(paths, step.to)]
  if (!nameTaken(to)) return `${step.to} is gone`
  if (step.do === 'link') return isOneFile(from, to) ? null : `${step.from} is another file by now`
  const hindered = folderObstacle(from)
  if (hindered !== null) return hindered
  return nameTaken(from) && !isOneFile(from, to) ? `${step.from} is taken` : null
}

function releaseObstacle(paths: StorePaths, { copy, path }: ReleaseStep): string | null {
  if (!nameTaken(paths.at(copy))) return `${copy} is gone`
  const original = resolve(paths, path)
  return folderObstacle(original) ?? (nameTaken(original) ? `${path} is taken` : null)
}

/** Why the folder of a path can neither be nor be made, or null: what stands in its place is none. */
function folderObstacle(path: string): string | null {
  const folder = dirname(path)
  try {
    const stat = fs.statSync(folder, { throwIfNoEntry: false })
    if (stat?.isDirectory() === true) return null
    if (stat !== undefined || nameTaken(folder)) return `${folder} is not a folder any more`
  } catch (error) {
    if (errnoOf(error) !== 'ENOTDIR') throw error
  }
  return folder === path ? null : folderObstacle(folder)
}
