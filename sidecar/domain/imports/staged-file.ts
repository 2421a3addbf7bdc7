/** A file whose bytes were read and can become a blob by one rename or link. */
import type { ImportedFile } from '../../../schemas/imports.ts'
import { removeName } from '../../platform/disk.ts'
import { nameTaken } from '../../platform/name-taken.ts'
import { flushFiles } from '../../platform/write-together.ts'
import type { Digests } from '../../platform/hash-pool.ts'
import type { Judged } from './judge-blob.ts'

/** How the bytes are published. `from` is absolute, or relative to the store's root. */
export interface StagedBy {
  readonly method: 'move' | 'hard_link'
  readonly from: string
  /** Permission bits of the file. */
  readonly mode: number
}

/** What publishing needs to know of a file, from an import, an adoption or, later, a download. */
export interface StagedFile {
  /** The name of the file. */
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
  /** False where the bytes of `temporary` are not flushed yet: see {@link flushStaged}. */
  readonly isFlushed: boolean
}

/** Removes a staged copy that will not be published. @throws disk.* */
export async function discardStaged({ temporary }: Pick<StagedFile, 'temporary'>): Promise<void> {
  // If a power cut brings it back, it is removed like any partial file of a dead process.
  if (temporary !== null && nameTaken(temporary)) await removeName(temporary, false)
}

/**
 * Flushes the staged files that still need it, together, before they are published.
 * @returns file → error (disk.*) for each one that could not be flushed
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
