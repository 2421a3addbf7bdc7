/** Creates a pack of files of the store: documents only, never model bytes. */
import type { PackCreate } from '../../../schemas/pack.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { emptyLock } from './make-dependency.ts'
import { checkNewDependencies } from './pack-dependencies.ts'
import { emptyPack, withFiles, withFacts } from './pack-documents.ts'
import { assertNameFree } from './pack-names.ts'
import { performPlan } from '../operation-plan.ts'
import { type PackPlan, creationOf } from './pack-plan.ts'

/**
 * Plans {@link createPack}; nothing is changed.
 * @throws pack.name_taken, pack.not_found, pack.cycle, blob.not_found, input.invalid
 * @throws store.document_broken, store.newer_format for a lock left by an earlier pack
 */
export function planCreate(reader: StoreReader, request: PackCreate, at: string): PackPlan {
  const { name } = request
  assertNameFree(reader, name)
  // A leftover that cannot be read is not overwritten.
  reader.lock(name)
  const empty = { pack: emptyPack(name), lock: emptyLock(name, at) }
  const filled = withFiles(reader, empty, request.dependencies)
  const documents = { ...filled, pack: withFacts(filled.pack, request) }
  checkNewDependencies(reader, null, documents.pack)
  return creationOf(reader, { name, documents, global: request.global })
}

/**
 * Creates a pack of files of the store, and appends it to the global profile unless told not to.
 * @throws as {@link planCreate}; disk.*
 */
export async function createPack(tx: StoreTx, request: PackCreate): Promise<void> {
  await performPlan(tx, planCreate(tx, request, tx.timestamp()))
}
