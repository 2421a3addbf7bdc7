/** Which pack needs which: no circle comes about, and a new name is followed. */
import { documentText } from '../../../schemas/json.ts'
import type { PackName } from '../../../schemas/ids.ts'
import type { Pack } from '../../../schemas/pack.ts'
import { writeStep, type Step } from '../../store/steps.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { expandPacks } from '../views/expand-packs.ts'

/** Packs as they will be; null: gone. */
type PacksAfter = ReadonlyMap<PackName, Pack | null>

function packOrNull(reader: StoreReader, name: PackName): Pack | null {
  try {
    return reader.pack(name)
  } catch {
    return null
  }
}

/**
 * Refuses a pack that would need itself, be it by way of others. Packs that cannot be read need
 * nothing.
 * @throws pack.cycle
 */
export function assertNoCycle(
  reader: StoreReader,
  pack: Pack,
  after: PacksAfter = new Map(),
): void {
  const packs = new Map(after).set(pack.name as PackName, pack)
  expandPacks([pack.name as PackName], (name) =>
    packs.has(name) ? (packs.get(name) ?? null) : packOrNull(reader, name),
  )
}

/**
 * Checks the packs that a pack begins to need; one that has gone since hinders no other change.
 * @throws pack.not_found, pack.cycle
 */
export function checkNewDependencies(reader: StoreReader, before: Pack | null, pack: Pack): void {
  const known = new Set(before?.pack_dependencies.map((need) => need.pack_name))
  const added = pack.pack_dependencies.filter((need) => !known.has(need.pack_name))
  for (const need of added) reader.requirePack(need.pack_name as PackName)
  if (added.length > 0) assertNoCycle(reader, pack)
}

/** Returns the changes by which packs that depend on a renamed one refer to its new name. */
export function followRename(
  reader: StoreReader,
  name: PackName,
  next: PackName,
): { readonly packs: ReadonlyMap<PackName, Pack>; readonly steps: Step[] } {
  const packs = new Map<PackName, Pack>()
  for (const other of reader.packNames()) {
    const pack = other === name ? null : packOrNull(reader, other)
    if (pack?.pack_dependencies.some((need) => need.pack_name === name) !== true) continue
    const renamed = pack.pack_dependencies.map((need) =>
      need.pack_name === name ? { ...need, pack_name: next } : need,
    )
    packs.set(other, { ...pack, pack_dependencies: renamed })
  }
  const steps = [...packs].flatMap(
    ([other, pack]) => writeStep(reader.paths, reader.paths.pack(other), documentText(pack)) ?? [],
  )
  return { packs, steps }
}
