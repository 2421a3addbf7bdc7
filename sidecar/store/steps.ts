/**
 * An operation: steps that are recorded before they are applied, each of which may be repeated.
 * After a crash the next holder of the lock resumes them; undo reverts them.
 */
import { readText } from './documents.ts'
import { patchOf, textDigest, type PatchStep, type WriteStep } from './patch-step.ts'
import { type MoveStep, type Seen } from './move-step.ts'
import { type BringBackStep, type ReleaseStep } from './release-step.ts'
import type { StorePath, StorePaths } from './store-paths.ts'
import type { JournalOperation } from './journal.ts'

/** Removes a symbolic link whose target is `target`. */
export interface UnlinkSymbolicStep {
  readonly do: 'unlink_symbolic'
  readonly path: StorePath
  readonly target: string
  /** The name in the same folder that the link gets before it is removed. */
  readonly aside?: StorePath
}

/** One step. Paths are relative to the root, or absolute for files of the user. */
export type Step =
  | WriteStep
  | PatchStep
  | MoveStep
  | ReleaseStep
  | BringBackStep
  /** Gives a file a second name, a hard link. */
  | {
      readonly do: 'link'
      readonly from: StorePath
      readonly to: StorePath
      readonly seen?: Seen
    }
  /** Removes one of several names of a file. */
  | { readonly do: 'unlink'; readonly path: StorePath }
  | UnlinkSymbolicStep
  /** Makes a symbolic link at a free name. */
  | { readonly do: 'link_symbolic'; readonly path: StorePath; readonly target: string }
  /** Writes a file that never changes; an existing one is kept. */
  | { readonly do: 'once'; readonly path: StorePath; readonly text: string }
  | { readonly do: 'line'; readonly path: StorePath; readonly text: string }
  | {
      readonly do: 'mode'
      readonly path: StorePath
      readonly before: number
      readonly after: number
    }

/**
 * Returns the write step from the current text of a document to another; null where nothing
 * changes.
 */
export function writeStep(paths: StorePaths, path: string, after: string | null): WriteStep | null {
  const before = readText(path)
  return before === after ? null : { do: 'write', path: paths.relative(path), before, after }
}

/** A step that changes a document. */
export type DocumentStep = WriteStep | PatchStep

/** Reports whether a step changes a document. */
export function isDocumentStep(step: Step): step is DocumentStep {
  return step.do === 'write' || step.do === 'patch'
}

/** Returns SHA-256 of a document before and after a step; null: there is no document. */
export function documentDigests(step: DocumentStep): {
  readonly before: string | null
  readonly after: string | null
} {
  if (step.do === 'patch') return { before: step.from, after: step.to }
  return { before: textDigest(step.before), after: textDigest(step.after) }
}

/** Returns steps as the journal stores them: without whole documents. */
export function storedSteps(steps: readonly Step[]): Step[] {
  return steps.map((step) => (step.do === 'write' ? patchOf(step) : step))
}

/** Returns the steps that the journal records for an operation. */
export function stepsOf(operation: JournalOperation): readonly Step[] {
  const steps: unknown = operation.begin['steps']
  return Array.isArray(steps) ? (steps as Step[]) : []
}
