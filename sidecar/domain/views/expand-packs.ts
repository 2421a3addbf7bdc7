/** Packs in the order in which they apply: later ones win, the dependencies of one come before it. */
import { AppError } from '../../../schemas/errors.ts'
import type { PackName } from '../../../schemas/ids.ts'
import type { Pack } from '../../../schemas/pack.ts'
import type { Profile } from '../../../schemas/profile.ts'
import { packOfDerived } from './derived-names.ts'

/** A missing dependency. */
export interface MissingPack {
  readonly pack: PackName
  readonly needed_by: PackName
}

/** The result of {@link expandPacks}. */
export interface ExpandedPacks {
  readonly order: PackName[]
  readonly missing: MissingPack[]
}

/**
 * Puts the dependencies of packs before them, each once.
 * @param find returns a pack, or null where it is missing or cannot be read
 * @throws pack.cycle naming the cycle
 */
export function expandPacks(
  wanted: readonly PackName[],
  find: (name: PackName) => Pack | null,
): ExpandedPacks {
  const order = new Set<PackName>()
  const missing: MissingPack[] = []

  function visit(name: PackName, above: readonly PackName[]): void {
    if (order.has(name)) return
    if (above.includes(name)) throw cycle([...above.slice(above.indexOf(name)), name])
    for (const need of find(name)?.pack_dependencies ?? []) {
      const needed = need.pack_name as PackName
      if (find(needed) !== null) visit(needed, [...above, name])
      else if (need.required) missing.push({ pack: needed, needed_by: name })
    }
    order.add(name)
  }

  for (const name of wanted) visit(name, [])
  return { order: [...order], missing }
}

/** The packs of a profile, expanded. */
export interface ExpandedProfile extends ExpandedPacks {
  /** In a derived profile, the pack in use, last, after those that it depends on; else empty. */
  readonly inUse: readonly PackName[]
}

/**
 * Expands the packs of a profile. In a derived profile the pack in use and those that it depends on
 * come last, whatever else depends on them: it always shows its own files.
 * @param find returns a pack, or null where it is missing or cannot be read
 * @throws pack.cycle
 */
export function expandProfile(
  { name, packs }: Pick<Profile, 'name' | 'packs'>,
  find: (name: PackName) => Pack | null,
): ExpandedProfile {
  const wanted = packs.map((pack) => pack.name as PackName)
  const used = packOfDerived(name)
  if (used === null || !wanted.includes(used)) return { ...expandPacks(wanted, find), inUse: [] }
  const base = expandPacks(
    wanted.filter((pack) => pack !== used),
    find,
  )
  const { order: inUse, missing } = expandPacks([used], find)
  const last = new Set(inUse)
  const order = [...base.order.filter((pack) => !last.has(pack)), ...inUse]
  return { order, inUse, missing: [...base.missing, ...missing] }
}

function cycle(names: readonly PackName[]): AppError {
  return new AppError('pack.cycle', `Packs depend on each other: ${names.join(' → ')}`, {
    hint: 'Remove one of these dependencies.',
    details: { cycle: names },
  })
}
