/** Every path that a pack exposes, and every file by its original name. In memory only. */
import { toPortableName, type PortableName, type Sha256 } from '../../../schemas/ids.ts'
import type { Lock, Pack } from '../../../schemas/pack.ts'
import { digestOf, exposedName, kindOfFile } from '../../store/pack-lock-entries.ts'

/** One file of a pack as interfaces see it. */
export interface Exposed {
  readonly dependency_id: string
  readonly sha256: Sha256 | null
  readonly kind: string
  /** True where the kind was derived from a folder or is unknown. */
  readonly kind_guessed: boolean
  readonly subfolder: string | null
  readonly filename: string
  /** The file's own name, which differs if the pack could not expose it. */
  readonly original: string
}

/** The part of an exposure that determines its path. */
export type ExposedPath = Pick<Exposed, 'kind' | 'subfolder' | 'filename'>

/** Folds names that some file systems treat as the same. */
const fold = (text: string) => text.normalize('NFC').toLowerCase()

/** `name` with a number before its ending, at most 255 bytes long. */
function numberedName(name: string, count: number): PortableName {
  const dot = name.lastIndexOf('.')
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  const suffix = ` (${String(count)})${ending}`
  const characters = Array.from(stem)
  while (Buffer.byteLength(characters.join('') + suffix) > 255) characters.pop()
  return (characters.join('').trimEnd() + suffix) as PortableName
}

/**
 * Finds exposures by path, by origin and by digest in constant time, however many there are.
 * @see placeExposures
 */
export class ExposureTable {
  readonly #folderOf: (kind: string) => string | undefined
  readonly #byPath = new Map<string, Exposed>()
  readonly #byOrigin = new Map<string, Exposed>()
  readonly #byBytesAndName = new Map<string, Exposed[]>()
  /** The last number used for a name, so that each of many clashes costs the same. */
  readonly #numbers = new Map<string, number>()

  /** @param folderOf the folder of a kind in the first interface of the set */
  constructor(folderOf: (kind: string) => string | undefined, exposed: Iterable<Exposed> = []) {
    this.#folderOf = folderOf
    for (const one of exposed) this.add(one)
  }

  /** Adds an exposure; an existing one at the same path stays the holder. */
  add(exposed: Exposed): void {
    for (const key of this.#pathKeys(exposed)) {
      if (!this.#byPath.has(key)) this.#byPath.set(key, exposed)
    }
    if (exposed.sha256 === null) return
    this.#byOrigin.set(this.#originKey(exposed.sha256, exposed, exposed.original), exposed)
    const key = this.#bytesAndName(exposed.sha256, exposed.subfolder, exposed.original)
    this.#byBytesAndName.set(key, [...(this.#byBytesAndName.get(key) ?? []), exposed])
  }

  /** Removes an exposure. */
  remove(exposed: Exposed): void {
    for (const key of this.#pathKeys(exposed)) {
      if (this.#byPath.get(key) === exposed) this.#byPath.delete(key)
    }
    if (exposed.sha256 === null) return
    const origin = this.#originKey(exposed.sha256, exposed, exposed.original)
    if (this.#byOrigin.get(origin) === exposed) this.#byOrigin.delete(origin)
    const key = this.#bytesAndName(exposed.sha256, exposed.subfolder, exposed.original)
    this.#byBytesAndName.set(
      key,
      (this.#byBytesAndName.get(key) ?? []).filter((one) => one !== exposed),
    )
  }

  /** The exposure that already shows these bytes as requested, numbered or not; else null. */
  shown(sha256: Sha256, wanted: ExposedPath): Exposed | null {
    const same = this.#byOrigin.get(this.#originKey(sha256, wanted, wanted.filename))
    if (same !== undefined) return same
    const there = this.#byPath.get(kindKey(wanted))
    return there?.sha256 === sha256 ? there : null
  }

  /** Exposures of these bytes under the same name and subfolder, of any kind. */
  ofAnyKind(sha256: Sha256, { subfolder, filename }: ExposedPath): readonly Exposed[] {
    return this.#byBytesAndName.get(this.#bytesAndName(sha256, subfolder, filename)) ?? []
  }

  /** The exposure of other bytes that holds a path, or null where the path is free. */
  holder(sha256: Sha256 | null, wanted: ExposedPath): Exposed | null {
    for (const key of this.#pathKeys(wanted)) {
      const there = this.#byPath.get(key)
      if (there !== undefined && (sha256 === null || there.sha256 !== sha256)) return there
    }
    return null
  }

  /** The requested name, else the first free numbered one. */
  freeName(
    sha256: Sha256 | null,
    wanted: ExposedPath,
    isReserved: (path: ExposedPath) => boolean,
  ): PortableName {
    const isFree = (path: ExposedPath) => this.holder(sha256, path) === null && !isReserved(path)
    if (isFree(wanted)) return wanted.filename as PortableName
    const key = kindKey(wanted)
    for (let count = (this.#numbers.get(key) ?? 1) + 1; ; count += 1) {
      const filename = numberedName(wanted.filename, count)
      if (!isFree({ ...wanted, filename })) continue
      this.#numbers.set(key, count)
      return filename
    }
  }

  #pathKeys(path: ExposedPath): string[] {
    const folder = this.#folderOf(path.kind)
    if (folder === undefined) return [kindKey(path)]
    return [kindKey(path), fold(`path ${folder}/${path.subfolder ?? ''}/${path.filename}`)]
  }

  #originKey(sha256: Sha256, { kind, subfolder }: ExposedPath, name: string): string {
    return `${sha256} ${kindKey({ kind, subfolder, filename: toPortableName(name) })}`
  }

  #bytesAndName(sha256: Sha256, subfolder: string | null, name: string): string {
    return `${sha256} ${fold(`${subfolder ?? ''}/${toPortableName(name)}`)}`
  }
}

/**
 * Returns the key of a path within its kind; paths that some file system treats as the same share
 * one.
 */
export function kindKey({ kind, subfolder, filename }: ExposedPath): string {
  return fold(`kind ${kind}/${subfolder ?? ''}/${filename}`)
}

/** Returns what a pack exposes, in the order of its dependencies. */
export function exposedFiles(pack: Pack, lock: Lock): Exposed[] {
  const entries = new Map(lock.resolved.map((entry) => [entry.dependency_id, entry]))
  return pack.dependencies.map((dependency): Exposed => {
    const entry = entries.get(dependency.id) ?? null
    const filename = exposedName(dependency, entry)
    const kind = kindOfFile(dependency, entry)
    const original: unknown = dependency['original_filename']
    return {
      dependency_id: dependency.id,
      sha256: entry === null ? null : digestOf(entry),
      kind,
      kind_guessed: kind === 'unknown' || dependency['kind_guessed'] === true,
      subfolder: dependency.expose.subfolder ?? null,
      filename,
      original: typeof original === 'string' ? original : filename,
    }
  })
}
