/** Dependencies between packs: cycles are refused, and renames are followed. */
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
 * Throws if a pack would depend on itself, directly or indirectly. Packs that cannot be read count
 * as having no dependencies.
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
 * Checks the new dependencies of a pack; an old one that is gone does not block other changes.
 * @throws pack.not_found, pack.cycle
 */
export function checkNewDependencies(reader: StoreReader, before: Pack | null, pack: Pack): void {
  const known = new Set(before?.pack_dependencies.map((need) => need.pack_name))
  const added = pack.pack_dependencies.filter((need) => !known.has(need.pack_name))
  for (const need of added) reader.requirePack(need.pack_name as PackName)
  if (added.length > 0) assertNoCycle(reader, pack)
}

/** Returns the changes that make packs which depend on a renamed one refer to its new name. */
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
