/** Edits the facts and files of a pack. */
import type { PackName } from '../../../schemas/ids.ts'
import type { PackEdit } from '../../../schemas/pack.ts'
import { AppError } from '../../../schemas/errors.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { emptyLock } from './make-dependency.ts'
import { checkNewDependencies } from './pack-dependencies.ts'
import { type PackDocuments, withFiles, withFacts } from './pack-documents.ts'
import { performPlan } from '../operation-plan.ts'
import { type PackPlan, changeOf } from './pack-plan.ts'
import { planRename } from './rename-pack.ts'

/** An edit and the pack's name. */
export type NamedEdit = PackEdit & { readonly name: PackName }

/**
 * Plans {@link editPack}; nothing is changed.
 * @throws pack.not_found, pack.name_taken, pack.cycle, blob.not_found, input.invalid
 */
export function planEdit(reader: StoreReader, { name, ...edit }: NamedEdit, at: string): PackPlan {
  const pack = reader.requirePack(name)
  const lock = reader.lock(name) ?? emptyLock(name, at)
  const gone = new Set<string>(edit.remove)
  const there = new Set(pack.dependencies.map((one) => one.id))
  for (const id of gone) {
    if (there.has(id)) continue
    throw new AppError('input.invalid', `The pack has no dependency "${id}"`)
  }
  const left: PackDocuments = {
    pack: { ...pack, dependencies: pack.dependencies.filter((one) => !gone.has(one.id)) },
    lock: {
      ...lock,
      resolved: lock.resolved.filter((one) => !gone.has(one.dependency_id)),
      unresolved: lock.unresolved.filter((one) => !gone.has(one.dependency_id)),
    },
  }
  const dated = { ...left, lock: { ...left.lock, resolved_at: at } }
  const filled = edit.add.length === 0 ? left : withFiles(reader, dated, edit.add)
  const documents = { ...filled, pack: withFacts(filled.pack, edit) }
  checkNewDependencies(reader, pack, documents.pack)
  if (edit.rename_to !== undefined && edit.rename_to !== name) {
    return planRename(reader, { from: name, to: edit.rename_to }, documents)
  }
  return changeOf(reader, name, documents)
}

/**
 * Changes a pack; fields that are not named are kept, unknown keys included.
 * @returns its name afterwards
 * @throws as {@link planEdit}; disk.*
 */
export async function editPack(tx: StoreTx, edit: NamedEdit): Promise<PackName> {
  return performPlan(tx, planEdit(tx, edit, tx.timestamp()))
}
