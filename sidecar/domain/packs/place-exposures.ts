/**
 * The names, kinds and folders that a pack exposes once files have joined it. Pure, except for
 * reading manifests.
 */
import { toPortableName } from '../../../schemas/ids.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { Displaced, Exposure, IsReserved, Placed } from './exposure.ts'
import type { PackDocuments } from './pack-documents.ts'
import { PackEditor } from './pack-editor.ts'

/** A pack after files have joined it. */
export interface PlacedExposures {
  readonly documents: PackDocuments
  /** In the order of the request. */
  readonly placed: readonly Placed[]
  readonly displaced: readonly Displaced[]
  readonly changed: boolean
}

/** Files that join a pack. */
export interface JoiningFiles {
  readonly files: readonly Exposure[]
  /** When they join it, as its lock records. */
  readonly at: string
  readonly isReserved?: IsReserved | undefined
}

/**
 * Adds exposures to a pack. No request is dropped: known bytes get a further name, kind or folder.
 * A path held by other bytes is kept: the later file gets a numbered name, unless the holder has
 * its name only because its own could not be exposed. Cost is linear in the size of the pack and of
 * what joins it.
 */
export function placeExposures(
  reader: StoreReader,
  documents: PackDocuments,
  { files, at, isReserved = () => false }: JoiningFiles,
): PlacedExposures {
  const edit = new PackEditor(reader, documents, isReserved)
  const placed = new Array<Placed>(files.length)
  // Files that keep their own names are placed before those that are renamed.
  const isExact = (one: Exposure) => toPortableName(one.name) === one.name
  for (const exact of [true, false]) {
    for (const [index, one] of files.entries()) {
      if (isExact(one) === exact) placed[index] = edit.place(one)
    }
  }
  return { placed, displaced: edit.displaced, changed: edit.changed, documents: edit.finish(at) }
}
