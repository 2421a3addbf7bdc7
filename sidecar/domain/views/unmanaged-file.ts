/** A model file in a view that is not the store's. */
import type { PortableName, RelativePath, Sha256 } from '../../../schemas/ids.ts'
import type { ListedView } from './list-views.ts'
import type { PlannedLink } from '../../../schemas/view-files.ts'

/** An importable file, and its view. */
export interface UnmanagedFile extends ListedView {
  /** Absolute. */
  readonly path: string
  readonly kind: string
  readonly filename: PortableName
  readonly subfolder: RelativePath | null
  readonly size_bytes: number
  readonly modified_ms: number
  /** The link of a pack that should be there instead. */
  readonly insteadOf: PlannedLink | null
  /** The blob of which it may be a copy, since it has its size; null for none. */
  readonly copyOf: Sha256 | null
  /** How many names a possible copy has in views, as far as known; else 1. */
  readonly names: number
}
