/** Packs as found on disk, and the files that each wants. */
import { isAppError } from '../../../schemas/errors.ts'
import type { PackName, Sha256 } from '../../../schemas/ids.ts'
import type { Dependency, Lock, Pack, Resolved } from '../../../schemas/pack.ts'
import { digestOf } from '../../store/pack-lock-entries.ts'
import type { StoreReader } from '../../store/store-reader.ts'

/** A pack as found on disk, readable or not. */
export interface FoundPack {
  readonly name: PackName
  readonly pack: Pack | null
  readonly lock: Lock | null
  readonly broken: string | null
}

/** A file that a pack wants: from its document, its lock, or both. */
export interface WantedFile {
  readonly dependency: Dependency | undefined
  readonly entry: Resolved | null
}

/** Reads a document; returns the reason if it cannot be read. */
export function attempt<T>(read: () => T): {
  readonly value: T | null
  readonly problem: string | null
} {
  try {
    return { value: read(), problem: null }
  } catch (error) {
    if (!isAppError(error)) throw error
    return { value: null, problem: error.message }
  }
}

/** Returns a pack as found on disk. */
export function findPack(reader: StoreReader, name: PackName): FoundPack {
  const pack = attempt(() => reader.pack(name))
  const lock = attempt(() => reader.lock(name))
  const absent = pack.value === null ? `The pack "${name}" has no pack.json` : null
  const broken = pack.problem ?? lock.problem ?? absent
  return { name, pack: pack.value, lock: lock.value, broken }
}

/** Returns the files of a pack: those of its document, then those only in its lock. */
export function wantedFiles(pack: Pack | null, lock: Lock | null): WantedFile[] {
  const dependencies = pack?.dependencies ?? []
  const entries = Map.groupBy(lock?.resolved ?? [], (entry) => entry.dependency_id)
  const named = new Set(dependencies.map((dependency) => dependency.id))
  const wanted = dependencies.flatMap((dependency): WantedFile[] =>
    (entries.get(dependency.id) ?? [null]).map((entry) => ({ dependency, entry })),
  )
  const loose = (lock?.resolved ?? []).filter((entry) => !named.has(entry.dependency_id))
  return [...wanted, ...loose.map((entry) => ({ dependency: undefined, entry }))]
}

/** Returns the digest of a file in the lock. */
export function digestOfFile({ entry }: WantedFile): Sha256 | null {
  return entry === null ? null : digestOf(entry)
}

/** Returns the size of a file in bytes: of its blob, else from the lock; null without either. */
export function sizeOf(reader: StoreReader, file: WantedFile): number | null {
  const sha256 = digestOfFile(file)
  const here = sha256 === null ? null : reader.blob(sha256)
  if (here !== null) return here.size_bytes
  const recorded = file.entry?.artifact.size_bytes
  return Number.isSafeInteger(recorded) && Number(recorded) >= 0 ? Number(recorded) : null
}
