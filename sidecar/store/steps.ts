/**
 * An operation: steps that are written down before they are made, each of which may be repeated.
 * After a crash the next holder of the lock carries them on; undo makes them backwards.
 */
import { readText } from './documents.ts'
import { patchOf, textDigest, type PatchStep, type WriteStep } from './patch-step.ts'
import { type MoveStep, type Seen } from './move-step.ts'
import { type BringBackStep, type ReleaseStep } from './release-step.ts'
import type { StorePath, StorePaths } from './store-paths.ts'
import type { JournalOperation } from './journal.ts'

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

/** Returns steps as the journal keeps them: without whole documents. */
export function storedSteps(steps: readonly Step[]): Step[] {
  return steps.map((step) => (step.do === 'write' ? patchOf(step) : step))
}

/** Returns the steps that an operation was written down with. */
export function stepsOf(operation: JournalOperation): readonly Step[] {
  const steps: unknown = operation.begin['steps']
  return Array.isArray(steps) ? (steps as Step[]) : []
}
