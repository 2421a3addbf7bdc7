/** The result of scanning a view. */
import type { Sha256 } from '../../../schemas/ids.ts'
import type { DisplacedFile } from './displaced.ts'
import type { KnownLink } from '../../store/link-ledger.ts'
import type { ForeignFile } from '../../../schemas/view-files.ts'

/** A link of ours as it was found. */
export interface FoundLink extends KnownLink {
  /** It leads to a former path of the store and has to be made again. */
  readonly stale?: true
}

/** A view as scanned. */
export interface ScannedView {
  /** True where a ledger exists: the view is managed by us. */
  readonly ours: boolean
  /** Existing links of ours. */
  readonly links: ReadonlyMap<string, FoundLink>
  /** Existing links to blobs that are not in the ledger: they are taken over. */
  readonly untracked: readonly FoundLink[]
  /** Paths in the ledger without a link of ours. */
  readonly missing: readonly string[]
  /** Those of them that are free because a link of ours was removed on purpose. */
  readonly removed: readonly string[]
  readonly foreign: readonly ForeignFile[]
  /** Paths where something foreign replaced a link → the blob to which the link led. */
  readonly replaced: ReadonlyMap<string, Sha256>
  /** Files of the size of a blob that stand in for its link. */
  readonly copies: readonly StandIn[]
  /** Existing folders; `''` is the view itself. */
  readonly folders: ReadonlySet<string>
  /** Folders whose mtime is not the one that we gave them. */
  readonly changedFolders: ReadonlySet<string>
  /**
   * Temporary links and links renamed aside, left by a crash, and texts of links, left by tools
   * without links.
   */
  readonly leftovers: readonly string[]
  /** Foreign files that a crash left renamed aside; those with a free name are among `foreign`. */
  readonly displaced: readonly DisplacedFile[]
}

/** A file in the place of a link that may hold the same bytes as its blob. */
export interface StandIn {
  readonly path: string
  readonly sha256: Sha256
  readonly size_bytes: number
}

/** What is scanned: only folders that changed since they got our mtime, or all. */
export type ScanMode = 'incremental' | 'full'
