/** What a look at a view finds. */
import type { Sha256 } from '../../../schemas/ids.ts'
import type { KnownLink } from '../../store/link-ledger.ts'
import type { ForeignFile } from '../../../schemas/view-files.ts'

/** A link of ours as it was found. */
export interface FoundLink extends KnownLink {
  /** It leads to where the store once was: to be made again. */
  readonly stale?: true
}

/** A view as it stands. */
export interface ScannedView {
  /** True where a ledger of ours exists: the view is kept by us. */
  readonly ours: boolean
  /** Links of ours that are there. */
  readonly links: ReadonlyMap<string, FoundLink>
  /** Links that stand there without being in the ledger, though they lead to blobs: taken over. */
  readonly untracked: readonly FoundLink[]
  /** Paths in the ledger where no link of ours stands any more. */
  readonly missing: readonly string[]
  /** Those of them where nothing stands, and from where somebody took a link that we had made. */
  readonly removed: readonly string[]
  readonly foreign: readonly ForeignFile[]
  /** Paths where something foreign took the place of a link → the blob to which it led. */
  readonly replaced: ReadonlyMap<string, Sha256>
  /** Files of the size of a blob whose link should stand there: they stand in for it. */
  readonly copies: readonly StandIn[]
  /** Folders that exist, `''` being the view itself. */
  readonly folders: ReadonlySet<string>
  /** Folders whose modification time is not the one that we gave them. */
  readonly changedFolders: ReadonlySet<string>
  /** Temporary links that a crash left behind, and texts of links that tools without links left. */
  readonly orphanedTemps: readonly string[]
}

/** A file in the place of a link that may hold the very bytes to which the link led. */
export interface StandIn {
  readonly path: string
  readonly sha256: Sha256
  readonly size_bytes: number
}

/** How much is looked at: only folders that changed since they got our time, or all. */
export type ScanMode = 'incremental' | 'full'
