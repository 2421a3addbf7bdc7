/** What an operation is called and what it is about. */
import type { Uuid } from '../../schemas/ids.ts'
import type { OperationName } from './operation-names.ts'

/** What an operation is called, by whom it is done and what it was about. */
export interface OperationFacts {
  readonly op: OperationName
  /**
   * Given where folders have the name of the operation that made them; see {@link StoreTx.newId}.
   */
  readonly id?: Uuid
  readonly before?: Readonly<Record<string, unknown>>
  readonly after?: Readonly<Record<string, unknown>>
  /** What interfaces see depends on it: it is done once their views have followed. */
  readonly syncViews?: boolean
}
