/** Removes a file from a view whose bytes the store holds; a link takes its place. */
import fs from 'node:fs'
import { AppError } from '../../../schemas/errors.ts'
import { nameTaken } from '../../platform/name-taken.ts'
import {
  identityAt,
  isUnchanged,
  isUntouched,
  seenFile,
  sourceChanged,
} from '../../platform/file-identity.ts'
import type { Digests } from '../../platform/hash-pool.ts'
import type { JournalOperation } from '../../store/journal.ts'
import { finishRelease as finishRemoval, releaseFiles } from '../../store/release-files.ts'
import { type StoreTx } from '../../store/store-tx.ts'
import { stepsOf } from '../../store/steps.ts'
import { keptError } from './release-originals.ts'

/** A copy and its blob, both as they were read. */
export interface ReadCopy {
  /** Absolute. */
  readonly path: string
  readonly copy: Digests
  /** The blob's own bytes, read back. */
  readonly blob: Digests
}

/**
 * Removes a copy: it is renamed in its own folder, the blob is checked, and only then it is
 * removed. Links follow with the sync of views.
 * @throws import.source_changed where the copy was written to since it was read
 * @throws blob.not_found, blob.integrity_mismatch where the blob is not what was read; the copy is
 * kept
 * @throws import.inside_store where it is the blob itself, import.not_removable
 * @throws disk.*
 */
export async function releaseCopy(tx: StoreTx, { path, copy, blob }: ReadCopy): Promise<void> {
  const { sha256 } = copy
  assertSameBlob(tx, blob)
  // Our own calls may have changed its change time since it was read.
  const now = identityAt(path)
  if (now === null || !isUnchanged(now, seenFile(copy))) throw sourceChanged(path)
  const before = { path: tx.paths.relative(path), sha256 }
  const release = { path, sha256, seen: seenFile(now), copy_seen: seenFile(blob) }
  const facts = { op: 'view.relink', before, syncViews: true } as const
  const [outcome = 'gone'] = await releaseFiles(tx, [release], facts)
  const error = keptError(path, outcome)
  if (error !== null) throw error as Error
}

/** Asserts that the blob is still the file that was read. */
function assertSameBlob(tx: StoreTx, seen: Digests): void {
  const blob = tx.paths.blob(seen.sha256)
  const now = identityAt(blob)
  if (now === null) throw new AppError('blob.not_found', `${blob} is gone`)
  if (!isUntouched(now, seenFile(seen))) {
    throw new AppError('blob.integrity_mismatch', `${blob} has changed`)
  }
}

/**
 * Settles an interrupted removal. A copy that is still under its temporary name is put back, never
 * removed: what was proven before the crash may no longer hold.
 * @throws disk.*
 */
export async function finishRelease(tx: StoreTx, open: JournalOperation): Promise<void> {
  const steps = stepsOf(open)
  const [move] = steps
  if (move?.do === 'release') {
    await finishRemoval(tx, open)
    return
  }
  // Stores up to 0.1.0 wrote a move aside and an unlink.
  const isGone =
    move?.do === 'move' &&
    !nameTaken(tx.paths.at(move.to)) &&
    fs.lstatSync(tx.paths.at(move.from), { throwIfNoEntry: false })?.isFile() !== true
  // It was removed, and a link may already be there.
  if (isGone) await tx.endOnceViewsSynced(open.begin.id)
  else await tx.rollback(open.begin.id, steps.slice(0, 1))
}
