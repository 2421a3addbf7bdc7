/** Plans the deletion of a pack: the affected profiles, stacks and models. */
import { AppError, isAppError } from '../../../schemas/errors.ts'
import type { PackName, ProfileName } from '../../../schemas/ids.ts'
import type { Lock, Pack, PackDeletion } from '../../../schemas/pack.ts'
import { missingDocuments } from '../../store/missing-documents.ts'
import { digestOf, exposedName } from '../../store/pack-lock-entries.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { derivedProfile } from '../views/derived-names.ts'
import { hiddenWith, uisToGoBack } from '../profiles/leave-profiles.ts'
import { profilesNaming } from './profiles-naming.ts'

/** Returns the profiles that `use` derives from a pack, existing or not. */
export function derivedOf(name: PackName): Set<ProfileName> {
  return new Set([derivedProfile(name, false), derivedProfile(name, true)])
}

/** A document of a pack, or null where it is absent; `undefined` where it cannot be read. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!isAppError(error)) throw error
    return undefined
  }
}

/** Digests in the locks of all other packs; null where one of them cannot be read. */
function digestsOfOthers(reader: StoreReader, name: PackName): Set<string> | null {
  const digests = new Set<string>()
  for (const other of reader.packNames()) {
    if (other === name) continue
    const lock = readable(() => reader.lock(other))
    if (lock === undefined) return null
    for (const entry of lock?.resolved ?? []) digests.add(digestOf(entry) ?? '')
  }
  return digests
}

function orphansOf(reader: StoreReader, name: PackName): PackDeletion['becomes_orphan'] {
  const lock: Lock | null = readable(() => reader.lock(name)) ?? null
  const pack: Pack | null = readable(() => reader.pack(name)) ?? null
  const others = digestsOfOthers(reader, name)
  if (others === null) return []
  const orphans = new Map<string, string>()
  for (const entry of lock?.resolved ?? []) {
    const sha256 = digestOf(entry)
    if (sha256 === null || others.has(sha256) || orphans.has(sha256)) continue
    if (!reader.hasBlob(sha256)) continue
    const dependency = pack?.dependencies.find((one) => one.id === entry.dependency_id)
    orphans.set(sha256, exposedName(dependency, entry))
  }
  return [...orphans].map(([sha256, display_name]) => ({ sha256, display_name }))
}

/** Reports whether a missing pack is still referred to: deleting it confirms that it is gone. */
function isMissed(reader: StoreReader, name: PackName): boolean {
  return missingDocuments(reader).some(({ pack }) => pack === name)
}

/**
 * Returns what deleting a pack would do. Models are listed as orphans only if every lock can be
 * read.
 * @throws pack.not_found, store.document_broken of runtime
 */
export function planPackDeletion(reader: StoreReader, name: PackName): PackDeletion {
  if (!reader.packNames().includes(name) && !isMissed(reader, name)) {
    throw new AppError('pack.not_found', `No such pack: "${name}"`)
  }
  const gone = derivedOf(name)
  return {
    dry_run: true,
    pack: name,
    removed_from_profiles: profilesNaming(reader, name).filter((profile) => !gone.has(profile)),
    goes_back_in_uis: uisToGoBack(reader, gone),
    removed_profiles: reader.profileNames().filter((profile) => gone.has(profile)),
    becomes_orphan: orphansOf(reader, name),
    ...hiddenWith(reader, gone),
  }
}
