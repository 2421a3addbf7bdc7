/** The name of an operation and what it is about. */
import type { Uuid } from '../../schemas/ids.ts'
import type { OperationName } from './operation-names.ts'

/** The name of an operation, what it is about and the facts to record with it. */
export interface OperationFacts {
  readonly op: OperationName
  /** Set where folders are named after the operation that made them; see {@link StoreTx.newId}. */
  readonly id?: Uuid
  readonly before?: Readonly<Record<string, unknown>>
  readonly after?: Readonly<Record<string, unknown>>
  /** True where views depend on it: the operation ends once they are synced. */
  readonly syncViews?: boolean
}
