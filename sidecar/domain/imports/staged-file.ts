/** A file whose bytes were read and lie where one rename or link makes them a blob. */
import type { ImportedFile } from '../../../schemas/imports.ts'
import { removeName } from '../../platform/disk.ts'
import { nameTaken } from '../../platform/move-file.ts'
import { flushFiles } from '../../platform/write-together.ts'
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
  /** False where the bytes of `temporary` are not on the disk yet: see {@link flushStaged}. */
  readonly isFlushed: boolean
}

/** Removes what staging a file left that nobody will publish, if it is there. @throws disk.* */
export async function discardStaged({ temporary }: Pick<StagedFile, 'temporary'>): Promise<void> {
  // What a power cut brings back is removed like anything that a process leaves which is gone.
  if (temporary !== null && nameTaken(temporary)) await removeName(temporary, false)
}

/**
 * Flushes the bytes of staged files that still have to be, together: nothing is published before.
 * @returns why a file could not be flushed (disk.*); those that were have no entry
 */
export async function flushStaged<F extends { readonly staged: StagedFile }>(
  files: readonly F[],
): Promise<Map<F, unknown>> {
  const waiting = files.filter(({ staged }) => !staged.isFlushed)
  const failed = await flushFiles(waiting.flatMap(({ staged }) => staged.temporary ?? []))
  const errorOf = ({ staged }: F) => failed.get(staged.temporary ?? '')
  return new Map(
    waiting.filter((one) => errorOf(one) !== undefined).map((one) => [one, errorOf(one)]),
  )
}
