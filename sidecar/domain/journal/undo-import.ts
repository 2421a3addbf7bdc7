/** Undoes an import that copied: the copy goes to the trash if the original still exists. */
import { AppError, isAppError } from '../../../schemas/errors.ts'
import { isSha256, type Sha256, type Uuid } from '../../../schemas/ids.ts'
import type { Digests, HashPool } from '../../platform/hash-pool.ts'
import { isUnchanged, seenFile } from '../../platform/file-identity.ts'
import type { Step } from '../../store/steps.ts'
import type { JournalOperation } from '../../store/journal.ts'
import { digestOf } from '../../store/pack-lock-entries.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { trashSteps } from '../inventory/trash-blob.ts'

/** Returns the blob of an operation, or null. */
export function blobOf(operation: JournalOperation): Sha256 | null {
  const named = operation.begin.after['sha256'] ?? operation.begin.before['sha256']
  return isSha256(named) ? named : null
}

function originalOf({ paths }: StoreReader, { begin }: JournalOperation): string {
  const { path } = begin.before
  return typeof path !== 'string' ? '' : path.startsWith('data/') ? paths.at(path) : path
}

/** Returns digest → packs whose locks name it; null where a lock cannot be read. */
export function packsByDigest(reader: StoreReader): Map<string, string> | null {
  const packs = new Map<string, string>()
  try {
    for (const name of reader.packNames()) {
      for (const entry of reader.lock(name)?.resolved ?? []) {
        const sha256 = digestOf(entry)
        if (sha256 !== null) packs.set(sha256, name)
      }
    }
  } catch (error) {
    if (!isAppError(error)) throw error
    return null
  }
  return packs
}

function kept(reason: string): AppError {
  return new AppError('journal.not_undoable', reason)
}

/**
 * Reads the original of a copy that is to be trashed.
 * @returns its digests
 * @throws journal.not_undoable where it is gone, cannot be read or has changed
 */
export async function proveOriginal(
  pool: HashPool,
  reader: StoreReader,
  operation: JournalOperation,
): Promise<Digests> {
  const path = originalOf(reader, operation)
  const digests = await pool.hash(path, {}).catch((error: unknown) => {
    if (!isAppError(error)) throw error
    throw kept(`The original cannot be read, so the copy stays: ${error.message}`)
  })
  if (digests.sha256 === blobOf(operation)) return digests
  throw kept(`${path} is now another file, so the copy stays`)
}

/** The input of undoing the import of a copy. */
export interface CopyUndo {
  /** The id of the operation that undoes it. */
  readonly id: Uuid
  /** The digests of the original, just read. */
  readonly proof: Digests
  /** See {@link packsByDigest}. */
  readonly packs: ReadonlyMap<string, string> | null
}

/**
 * Returns the steps that trash a copy whose original was just read.
 * @throws journal.not_undoable where something refers to it, or the original has changed since
 */
export async function copyToTrash(
  tx: StoreTx,
  operation: JournalOperation,
  { id, proof, packs }: CopyUndo,
): Promise<Step[]> {
  const sha256 = blobOf(operation)
  const blob = sha256 === null ? null : tx.blob(sha256)
  if (sha256 === null || blob === null) throw kept('The copy is no longer in the store')
  if (packs === null) throw kept('A file that may refer to the copy cannot be read')
  const pack = packs.get(sha256)
  if (pack !== undefined) throw kept(`The pack ${pack} uses the copy`)
  const original = originalOf(tx, operation)
  const now = await tx.outside.call(original, 'identity', original)
  if (now === null || !isUnchanged(now, seenFile(proof))) {
    throw kept(`${original} changed while it was read`)
  }
  const display_name = tx.meta(sha256)?.original_filename ?? sha256.slice(0, 12)
  return trashSteps(tx, id, { sha256, display_name, size_bytes: blob.size_bytes })
}
