/**
 * A pack in one line: its facts, how many of its files are present, and which interfaces show it.
 */
import { GLOBAL, type PackName, type ProfileName, type UiName } from '../../../schemas/ids.ts'
import type { Pack, PackSummary } from '../../../schemas/pack.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { expandProfile } from '../views/expand-packs.ts'
import { uiNames } from '../views/ui-layout.ts'
import {
  attempt,
  digestOfFile,
  sizeOf,
  wantedFiles,
  type FoundPack,
  type WantedFile,
} from './wanted-files.ts'

/** Pack → interfaces whose active profile contains it. */
export type ActivePacks = ReadonlyMap<string, readonly UiName[]>

/** The packs of a profile with their dependencies; without the latter if these form a cycle. */
function packsOfProfile(
  reader: StoreReader,
  profile: ProfileName,
  find: (name: PackName) => Pack | null,
): PackName[] {
  const packs = attempt(() => reader.profile(profile)).value?.packs ?? []
  const { value } = attempt(() => expandProfile({ name: profile, packs }, find).order)
  return value ?? packs.map((pack) => pack.name as PackName)
}

/** Returns in which interfaces packs are active. Each profile and pack is read once. */
export function activePacks(reader: StoreReader): ActivePacks {
  const read = new Map<PackName, Pack | null>()
  const find = (name: PackName): Pack | null => {
    if (!read.has(name)) read.set(name, attempt(() => reader.pack(name)).value)
    return read.get(name) ?? null
  }
  const profiles = new Map<ProfileName, PackName[]>()
  const active = new Map<string, UiName[]>()
  for (const ui of uiNames(reader.config())) {
    const top = reader.stack(ui).at(-1) ?? GLOBAL
    const packs = profiles.get(top) ?? packsOfProfile(reader, top, find)
    profiles.set(top, packs)
    for (const pack of packs) active.set(pack, [...(active.get(pack) ?? []), ui])
  }
  return active
}

type FileTotals = Pick<PackSummary, 'files' | 'files_here' | 'size_bytes'>

/** Counts of a pack's files; a blob that several entries name counts once. */
function totalsOf(reader: StoreReader, files: readonly WantedFile[]): FileTotals {
  const sizes = new Map<string, number>()
  let here = 0
  for (const [index, file] of files.entries()) {
    const sha256 = digestOfFile(file)
    if (sha256 !== null && reader.hasBlob(sha256)) here += 1
    sizes.set(sha256 ?? String(index), sizeOf(reader, file) ?? 0)
  }
  const size_bytes = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
  return { files: files.length, files_here: here, size_bytes }
}

function factsOf(pack: Pack | null) {
  return {
    pack_type: pack?.pack_type ?? 'unknown',
    pack_category: pack?.pack_category ?? 'custom',
    description: pack?.description ?? null,
    base_model: pack?.base_model ?? null,
    tags: pack?.tags ?? [],
  }
}

/** Returns the summary of a pack, with the reason if it cannot be read. */
export function summaryOf(reader: StoreReader, found: FoundPack, active: ActivePacks): PackSummary {
  const { name, pack, lock, broken } = found
  return {
    name,
    ...factsOf(pack),
    ...totalsOf(reader, wantedFiles(pack, lock)),
    active_in_uis: [...(active.get(name) ?? [])],
    ...(broken === null ? {} : { broken }),
  }
}
