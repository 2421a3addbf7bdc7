/** What a kind of operation is to the journal: its sentence, how it is finished, how it is undone. */
import type { Step } from '../../../store/steps.ts'
import type { OperationName } from '../../../store/operation-names.ts'
import type { JournalOperation } from '../../../store/journal.ts'
import type { StoreTx } from '../../../store/store-tx.ts'

/** What the journal says an operation was about. */
export type Facts = Readonly<Record<string, unknown>>

/**
 * How an operation is undone: by its steps backwards, be it only some of them; by going back to the
 * stacks before it; or never, with the reason. What `follows` from others is neither made nor undone
 * by itself.
 */
export type Undo =
  | { readonly by: 'steps'; readonly of?: (steps: readonly Step[]) => readonly Step[] }
  | { readonly by: 'stacks' }
  | { readonly by: 'never'; readonly reason: string; readonly follows?: true }

/** One kind of operation. */
export interface OperationKind {
  readonly op: OperationName
  /** What it did, one sentence for people. */
  readonly summary: (before: Facts, after: Facts, operation: JournalOperation) => string
  /** Its clause in the sentence of a job: "imported 3 models". Without it, it has none there. */
  readonly inJob?: (models: string) => string
  /** A job is named after the kind of the highest rank among its operations. */
  readonly rank?: number
  /** It removes a file or a link of the user's. */
  readonly removesOriginals?: true
  /** Carries on what a crash interrupted; by default its steps are made. */
  readonly finish?: (tx: StoreTx, open: JournalOperation, kindOf: KindOf) => Promise<unknown>
  readonly undo: Undo
  /** Without it no interface may see its blob: undoing it takes the blob out of all views first. */
  readonly unlinksBlob?: true
  /** False where only the owner can bring it about, and so undo it. */
  readonly panel: boolean
}

/** Finds the kind of an operation by its name; undefined for names of the future. */
export type KindOf = (op: string) => OperationKind | undefined

/** Undone by all of its steps backwards. */
export const BY_STEPS: Undo = { by: 'steps' }

/** Follows from other operations. */
export const FOLLOWS: Undo = {
  by: 'never',
  reason: 'There is nothing to undo',
  follows: true,
}
