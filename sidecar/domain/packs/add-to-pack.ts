/** Adds files of the store to a pack, creating it if needed. */
import type { PackName, UiName } from '../../../schemas/ids.ts'
import type { Pack } from '../../../schemas/pack.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { emptyLock } from './make-dependency.ts'
import { emptyPack } from './pack-documents.ts'
import { assertNameFree } from './pack-names.ts'
import { performPlan } from '../operation-plan.ts'
import { creationOf, changeOf } from './pack-plan.ts'
import type { Displaced, Exposure, IsReserved, Placed } from './exposure.ts'
import { placeExposures } from './place-exposures.ts'

/**
 * Throws for a pack that {@link addToPack} could neither create nor extend.
 * @throws pack.name_taken, store.document_broken, store.newer_format
 */
export function assertPackWritable(reader: StoreReader, name: PackName): void {
  if (reader.pack(name) === null) assertNameFree(reader, name)
  reader.lock(name)
}

const onlyFor = (pack: Pack, ui: UiName | undefined): Pack =>
  ui === undefined ? pack : { ...pack, uis: [ui] }

/** Files of the store that join a pack. */
export interface AddedFiles {
  readonly files: readonly Exposure[]
  readonly isReserved?: IsReserved | undefined
  /** The only interface that shows the pack, if it is created here; all by default. */
  readonly onlyUi?: UiName | undefined
}

/** The outcome of joining a pack, in the order of the request. */
export interface Additions {
  readonly placed: readonly Placed[]
  /** Files of the pack whose names had to give way. */
  readonly displaced: readonly Displaced[]
}

/**
 * Adds files of the store to a pack, each under every requested name, kind and folder. A missing
 * pack is created and appended to the global profile.
 * @throws pack.name_taken, store.document_broken, store.newer_format, disk.*
 */
export async function addToPack(
  tx: StoreTx,
  name: PackName,
  { files, isReserved, onlyUi }: AddedFiles,
): Promise<Additions> {
  const at = tx.timestamp()
  const pack = tx.pack(name)
  if (pack === null) assertNameFree(tx, name)
  const lock = tx.lock(name)
  const before =
    pack === null
      ? { pack: onlyFor(emptyPack(name), onlyUi), lock: emptyLock(name, at) }
      : { pack, lock: lock ?? emptyLock(name, at) }
  const { documents, placed, displaced, changed } = placeExposures(tx, before, {
    files,
    at,
    isReserved,
  })
  if (pack === null) await performPlan(tx, creationOf(tx, { name, documents, global: true }))
  else if (changed) await performPlan(tx, changeOf(tx, name, documents))
  return { placed, displaced }
}
