/** The dependencies of deleting models. */
import type { Sha256 } from '../../../schemas/ids.ts'
import type { Impacts, InventoryItem } from '../../../schemas/inventory.ts'
import type { StoreContext } from '../context.ts'

/** The facts that deleting needs from the index. */
export interface DeleteContext extends StoreContext {
  readonly impactsOf: (sha256: Sha256) => Impacts
  readonly itemOf: (sha256: Sha256) => InventoryItem
  readonly orphans: () => InventoryItem[]
  /** Documents that may refer to blobs and cannot be read. */
  readonly unreadable: () => string[]
  /** Waits until the index has read the store once. */
  readonly complete: () => Promise<void>
  /** Reconciles the index with the disk. */
  readonly reconcile: () => Promise<unknown>
}
