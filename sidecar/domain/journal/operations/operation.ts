/** A kind of operation: its summary, its recovery and its undo. */
import type { Step } from '../../../store/steps.ts'
import type { OperationName } from '../../../store/operation-names.ts'
import type { JournalOperation } from '../../../store/journal.ts'
import type { StoreTx } from '../../../store/store-tx.ts'

/** The facts of an operation in the journal. */
export type Facts = Readonly<Record<string, unknown>>

/**
 * How an operation is undone: by reverting all or some of its steps; by going back to the stacks
 * before it; or never, with the reason. An operation that `follows` from others is neither made nor
 * undone on its own.
 */
export type Undo =
  | { readonly by: 'steps'; readonly of?: (steps: readonly Step[]) => readonly Step[] }
  | { readonly by: 'stacks' }
  | { readonly by: 'never'; readonly reason: string; readonly follows?: true }

/** One kind of operation. */
export interface OperationKind {
  readonly op: OperationName
  /** What it did, in one sentence for the user. */
  readonly summary: (before: Facts, after: Facts, operation: JournalOperation) => string
  /** Its clause in the summary of a job: "imported 3 models". Absent where it has none. */
  readonly inJob?: (models: string) => string
  /** A job is named after the highest-ranked kind among its operations. */
  readonly rank?: number
  /** It removes a file or a link of the user. */
  readonly removesOriginals?: true
  /** Finishes an interrupted operation; by default its steps are applied. */
  readonly finish?: (tx: StoreTx, open: JournalOperation, kindOf: KindOf) => Promise<unknown>
  readonly undo: Undo
  /**
   * After its undo no interface may see its blob: the undo unlinks the blob from all views first.
   */
  readonly unlinksBlob?: true
  /** False where only the owner can make it, and so undo it. */
  readonly panel: boolean
}

/** Finds the kind of an operation by its name; undefined for names from newer versions. */
export type KindOf = (op: string) => OperationKind | undefined

/** Undone by reverting all of its steps. */
export const BY_STEPS: Undo = { by: 'steps' }

/** Follows from other operations. */
export const FOLLOWS: Undo = {
  by: 'never',
  reason: 'There is nothing to undo',
  follows: true,
}
