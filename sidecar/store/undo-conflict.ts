/** Whether steps can be resumed or undone after later changes by other programs. */
import { readText } from './documents.ts'
import { saysTarget } from './apply-steps.ts'
import { isOneFile } from '../platform/file-identity.ts'
import { nameTaken } from '../platform/name-taken.ts'
import { errnoOf } from '../platform/disk-calls.ts'
import { AppError } from '../../schemas/errors.ts'
import { dirname } from 'node:path'
import fs from 'node:fs'
import { isTrashRecord, textDigest } from './patch-step.ts'
import type { ReleaseStep } from './release-step.ts'
import { isDocumentStep, type DocumentStep, type Step } from './steps.ts'
import type { StorePaths } from './store-paths.ts'

/** Reports whether a document is as it was before a step. */
function textBefore(step: DocumentStep, now: string | null): boolean {
  return step.do === 'write' ? now === step.before : textDigest(now) === step.from
}

/** Reports whether a document is as a step left it. */
function textAfter(step: DocumentStep, now: string | null): boolean {
  return step.do === 'write' ? now === step.after : textDigest(now) === step.to
}

/**
 * Throws if another program has edited a document that the steps write.
 * @throws view.path_taken
 */
export function assertUnedited(paths: StorePaths, steps: readonly Step[]): void {
  for (const step of steps) {
    if (!isDocumentStep(step) || isTrashRecord(step.path)) continue
    const now = readText(paths.at(step.path))
    if (now === null || textBefore(step, now) || textAfter(step, now)) continue
    throw new AppError('view.path_taken', `${step.path} was changed since`, {
      hint: 'Look at what stands there now, then repeat.',
    })
  }
}

/**
 * Reports whether a move was certainly not applied: its new name still holds what one of the
 * `earlier` steps was to move away first.
 */
export function isUnmade(paths: StorePaths, step: Step, earlier: readonly Step[]): boolean {
  if (step.do !== 'move') return false
  return earlier.some(
    (move) => move.do === 'move' && move.from === step.to && !nameTaken(paths.absolute(move.to)),
  )
}

/** Returns why a step cannot be reverted now, or null where it can. */
export function undoConflict(paths: StorePaths, step: Step): string | null {
  if (isDocumentStep(step)) {
    if (isTrashRecord(step.path)) return null
    const now = readText(paths.at(step.path))
    return textAfter(step, now) ? null : `${step.path} was changed since`
  }
  return nameConflict(paths, step)
}

function nameConflict(paths: StorePaths, step: Step): string | null {
  if (step.do === 'release') return releaseConflict(paths, step)
  if (step.do === 'unlink_symbolic') {
    const path = paths.absolute(step.path)
    return nameTaken(path) && !saysTarget(path, step.target) ? `${step.path} is taken` : null
  }
  return step.do === 'move' || step.do === 'link' ? movedConflict(paths, step) : null
}

function movedConflict(
  paths: StorePaths,
  step: Extract<Step, { readonly do: 'move' | 'link' }>,
): string | null {
  const [from, to] = [paths.absolute(step.from), paths.absolute(step.to)]
  if (!nameTaken(to)) return `${step.to} is gone`
  if (step.do === 'link') return isOneFile(from, to) ? null : `${step.from} is now another file`
  const hindered = folderConflict(from)
  if (hindered !== null) return hindered
  return nameTaken(from) && !isOneFile(from, to) ? `${step.from} is taken` : null
}

function releaseConflict(paths: StorePaths, { copy, path }: ReleaseStep): string | null {
  if (!nameTaken(paths.at(copy))) return `${copy} is gone`
  const original = paths.absolute(path)
  return folderConflict(original) ?? (nameTaken(original) ? `${path} is taken` : null)
}

/** Why the folder of a path cannot exist: a file is in its place; null where it can. */
function folderConflict(path: string): string | null {
  const folder = dirname(path)
  try {
    const stat = fs.statSync(folder, { throwIfNoEntry: false })
    if (stat?.isDirectory() === true) return null
    if (stat !== undefined || nameTaken(folder)) return `${folder} is no longer a folder`
  } catch (error) {
    if (errnoOf(error) !== 'ENOTDIR') throw error
  }
  return folder === path ? null : folderConflict(folder)
}
