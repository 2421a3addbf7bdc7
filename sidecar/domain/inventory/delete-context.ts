/** What deleting models needs beside the store. */
import type { Sha256 } from '../../../schemas/ids.ts'
import type { Impacts, InventoryItem } from '../../../schemas/inventory.ts'
import type { StoreContext } from '../context.ts'

/** What deleting needs to know, from the index. */
export interface DeleteContext extends StoreContext {
  readonly impactsOf: (sha256: Sha256) => Impacts
  readonly itemOf: (sha256: Sha256) => InventoryItem
  readonly orphans: () => InventoryItem[]
  /** Documents that may refer to blobs and cannot be read. */
  readonly unreadable: () => string[]
  /** Waits until the index has read the store once. */
  readonly complete: () => Promise<void>
  /** Brings the index in step with what changed on disk behind its back. */
  readonly reconcile: () => Promise<unknown>
}
