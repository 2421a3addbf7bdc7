/** A file whose bytes were read and lie where one rename or link makes them a blob. */
import type { ImportedFile } from '../../../schemas/imports.ts'
import { removeName } from '../../platform/disk.ts'
import type { Digests } from '../../platform/hash-pool.ts'
import type { Judged } from './judge-blob.ts'

/** How the bytes come to their name. `from` is absolute, or relative to the store's root. */
export interface StagedBy {
  readonly method: 'move' | 'hard_link'
  readonly from: string
  /** Permission bits of the file. */
  readonly mode: number
}

/** What publishing needs to know, whichever way a file came: import, adoption, later download. */
export interface StagedFile {
  /** What the file was called. */
  readonly name: string
  readonly kind: string
  /** Where it came from, for the journal. */
  readonly source: string
  readonly digests: Digests
  /** What the store holds under the digest. */
  readonly judged: Judged
  readonly by: StagedBy
  readonly how: NonNullable<ImportedFile['how']>
  /** A temporary file of ours that is gone afterwards; null where the file itself becomes the blob. */
  readonly temporary: string | null
}

/** Removes what staging a file left that nobody will publish. @throws disk.* */
export async function discardStaged({ temporary }: Pick<StagedFile, 'temporary'>): Promise<void> {
  if (temporary !== null) await removeName(temporary)
}
