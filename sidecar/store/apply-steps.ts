/** Applies the steps of an operation; steps that are already applied are skipped. */
import fs from 'node:fs'
import { dirname, isAbsolute, posix } from 'node:path'
import {
  replaceFile,
  removeName,
  removeTemporaries,
  writeOnce,
  appendLines,
  setMode,
} from '../platform/disk.ts'
import { nameTaken } from '../platform/name-taken.ts'
import { makeLink } from '../platform/links.ts'
import { flushFolder } from '../platform/folders.ts'
import { removeEmptyFolder } from '../platform/folders.ts'
import { ensureFolder } from '../platform/folders.ts'
import { putBack } from '../platform/remove-duplicate.ts'
import { removeIf } from '../platform/remove-if.ts'
import { readText } from './documents.ts'
import { makeMove, makeSecondName } from './move-step.ts'
import { type PatchStep, patched } from './patch-step.ts'
import { bringBack, atPaths } from './release-step.ts'
import type { Step, UnlinkSymbolicStep } from './steps.ts'
import type { StorePaths, StorePath } from './store-paths.ts'
import { asideOf } from './with-aside.ts'

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
 * is in it. Documents are written under the lock alone: no one is writing this one now.
 */
async function removeDocument(path: string): Promise<void> {
  await removeTemporaries(path)
  await removeName(path)
  removeEmptyFolder(dirname(path))
}

async function patch(path: string, step: PatchStep): Promise<void> {
  const now = readText(path)
  const after = patched(step, now)
  // A document that is to go may have left its folder behind.
  if (after !== now || after === null) await putText(path, after)
}

/** Reports whether a symbolic link stands at `path` that says `target`. */
export function saysTarget(path: string, target: string): boolean {
  const link = fs.lstatSync(path, { throwIfNoEntry: false })
  return link?.isSymbolicLink() === true && fs.readlinkSync(path) === target
}

/** Removes a symbolic link; what else is there stays, or gets its name back after a crash. */
async function unlinkSymbolic(paths: StorePaths, step: UnlinkSymbolicStep): Promise<void> {
  const path = paths.absolute(step.path)
  const isMeant = (at: string) => saysTarget(at, step.target)
  const aside = paths.absolute(step.aside ?? asideOf(step.path))
  if (isMeant(aside)) await removeName(aside)
  else putBack(aside, path)
  if (!isMeant(path)) return
  await removeIf({ path, aside, isMeant })
  await flushFolder(dirname(path))
}

async function linkSymbolic(path: string, target: string): Promise<void> {
  await ensureFolder(dirname(path))
  if (!makeLink({ symbolic: target }, path)) return
  await flushFolder(dirname(path))
}

/** Applies a step, or does nothing where it is already applied. @throws as {@link applySteps} */
async function applyStep(paths: StorePaths, step: Step): Promise<void> {
  switch (step.do) {
    case 'write':
      await putText(paths.at(step.path), step.after)
      return
    case 'patch':
      await patch(paths.at(step.path), step)
      return
    case 'move':
      await makeMove(step, (path) => paths.absolute(path))
      dropEmptied(paths, step.from)
      return
    case 'unlink':
      await removeName(paths.absolute(step.path))
      return
    case 'release':
      // Made by `releaseFiles` alone, and never again after a crash.
      return
    case 'bring_back':
      await bringBack(paths.at(step.from), atPaths(paths, step))
      return
    case 'link':
      await makeSecondName(paths.absolute(step.from), paths.absolute(step.to), step.seen)
      return
    case 'unlink_symbolic':
      await unlinkSymbolic(paths, step)
      return
    case 'link_symbolic':
      await linkSymbolic(paths.absolute(step.path), step.target)
      return
    case 'once':
      await writeOnce(paths.at(step.path), step.text)
      return
    case 'line':
      await appendLines(paths.at(step.path), step.text)
      return
    case 'mode':
      if (nameTaken(paths.absolute(step.path))) setMode(paths.absolute(step.path), step.after)
  }
}

/** Reports whether a later move has already taken away the file of a step. */
function isPassed(paths: StorePaths, step: Step, later: readonly Step[]): boolean {
  if (!('path' in step) || isAbsolute(step.path)) return false
  return later.some((move) => {
    if (move.do !== 'move' || !step.path.startsWith(`${move.from}/`)) return false
    return !nameTaken(paths.absolute(move.from)) && nameTaken(paths.absolute(move.to))
  })
}

/** Hooks for applying steps. */
export interface ApplyOptions {
  /** Called before each step; an error that it throws stops the run. */
  readonly beforeStep?: (() => void) | undefined
  /** Applies a step in another process; null for a step to be applied in this one. */
  readonly makeElsewhere?: (step: Step) => Promise<void> | null
}

/**
 * Applies steps in order; those already applied are skipped, however far an earlier run got.
 * @throws disk.*, view.path_taken, blob.not_found
 */
export async function applySteps(
  paths: StorePaths,
  steps: readonly Step[],
  { beforeStep, makeElsewhere }: ApplyOptions = {},
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    beforeStep?.()
    if (isPassed(paths, step, steps.slice(index + 1))) continue
    await (makeElsewhere?.(step) ?? applyStep(paths, step))
  }
}

/** Below these folders of the store, a folder that a move has emptied is removed too. */
const TIDIED = ['state/packs/', 'data/trash/', 'data/blobs/sha256/']

/** Removes the empty folders above a name that was moved away, innermost first. */
function dropEmptied(paths: StorePaths, path: StorePath): void {
  const home = TIDIED.find((folder) => path.startsWith(folder))
  if (home === undefined) return
  for (let above = posix.dirname(path); above.length >= home.length; above = posix.dirname(above)) {
    const folder = paths.at(above)
    if (!removeEmptyFolder(folder) && nameTaken(folder)) return
  }
}
