/** A pack that files join: the names, kinds and folders that it then exposes. */
import { toPortableName, type PortableName, type RelativePath } from '../../../schemas/ids.ts'
import { diskKind } from '../../../schemas/kinds.ts'
import type { Dependency, Resolved } from '../../../schemas/pack.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import {
  isRenamed,
  placedAs,
  wantedPath,
  type Displaced,
  type Exposure,
  type IsReserved,
  type Placed,
} from './exposure.ts'
import {
  exposedFiles,
  ExposureTable,
  kindKey,
  type Exposed,
  type ExposedPath,
} from './exposure-table.ts'
import { folderOfKind } from './kind-folders.ts'
import { DependencyIds, makeDependency, resolvedAs } from './make-dependency.ts'
import type { PackDocuments } from './pack-documents.ts'

/** Adds files to one pack, in memory. */
export class PackEditor {
  readonly displaced: Displaced[] = []
  changed = false
  readonly #reader: StoreReader
  readonly #documents: PackDocuments
  readonly #isReserved: IsReserved
  readonly #table: ExposureTable
  readonly #dependencies: Map<string, Dependency>
  readonly #resolved: Map<string, Resolved>
  readonly #numbers = new Map<string, number>()

  constructor(reader: StoreReader, documents: PackDocuments, isReserved: IsReserved) {
    const { pack, lock } = documents
    this.#reader = reader
    this.#documents = documents
    this.#isReserved = isReserved
    this.#table = new ExposureTable(folderOfKind(reader), exposedFiles(pack, lock))
    this.#dependencies = new Map(pack.dependencies.map((one) => [one.id, one]))
    this.#resolved = new Map(lock.resolved.map((one) => [one.dependency_id, one]))
  }

  /** Adds a file. */
  place(one: Exposure): Placed {
    const path = wantedPath(one)
    const shown = this.#table.shown(one.sha256, path)
    if (shown !== null) return placedAs(shown, 'there')
    if (!one.kind_guessed) {
      const guess = this.#table.ofAnyKind(one.sha256, path).find((there) => there.kind_guessed)
      if (guess !== undefined) return this.#correctKind(guess, one.kind)
    }
    const holder = this.#table.holder(one.sha256, path)
    if (one.claims_path && holder !== null && this.#isGone(holder)) {
      return this.#replace(holder, one)
    }
    const takes = one.claims_path || (path.filename === one.name && isRenamed(holder))
    if (holder !== null && takes) this.#displace(holder)
    const isReserved = path.filename === one.name ? () => false : this.#isReserved
    const free = { ...path, filename: this.#table.freeName(one.sha256, path, isReserved) }
    const same = this.#table.shown(one.sha256, free)
    return same === null ? this.#add(one, free) : placedAs(same, 'there')
  }

  /**
   * Returns the current documents.
   * @param at the time that the lock records
   */
  finish(at: string): PackDocuments {
    if (!this.changed) return this.#documents
    const { pack, lock } = this.#documents
    return {
      pack: { ...pack, dependencies: [...this.#dependencies.values()] },
      lock: {
        ...lock,
        resolved_at: at,
        resolved: [...this.#resolved.values()],
        unresolved: lock.unresolved.filter((one) => !this.#resolved.has(one.dependency_id)),
      },
    }
  }

  #add(one: Exposure, path: ExposedPath): Placed {
    const { dependency, resolved } = makeDependency(
      this.#reader,
      {
        id: this.#freeId(path.filename) as PortableName,
        kind: one.kind,
        filename: path.filename as PortableName,
        ...(path.subfolder === null ? {} : { subfolder: path.subfolder as RelativePath }),
        sha256: one.sha256,
        required: true,
      },
      new DependencyIds([]),
    )
    const origin = {
      ...(one.kind_guessed ? { kind_guessed: true } : {}),
      ...(one.name === path.filename ? {} : { original_filename: one.name }),
    }
    const exposed: Exposed = {
      ...path,
      dependency_id: dependency.id,
      sha256: one.sha256,
      kind_guessed: one.kind_guessed || one.kind === 'unknown',
      original: one.name,
    }
    this.#put(exposed, { ...dependency, ...origin }, resolved)
    return placedAs(exposed, 'added')
  }

  #correctKind(there: Exposed, kind: string): Placed {
    const { model_kind: _former, kind_guessed: _guess, ...rest } = this.#dependency(there)
    const path = { ...there, kind, filename: toPortableName(there.original) }
    this.#table.remove(there)
    const filename = this.#table.freeName(there.sha256, path, () => false)
    const exposed = { ...there, kind, filename, kind_guessed: false }
    const dependency: Dependency = {
      ...rest,
      ...diskKind(kind),
      expose: { ...rest.expose, filename },
    }
    this.#put(exposed, dependency, this.#entryOf(dependency, there))
    return { ...placedAs(exposed, 'kind_corrected'), kind_before: there.kind }
  }

  #displace(holder: Exposed): void {
    this.#table.remove(holder)
    // The path itself is about to be taken.
    const isReserved = (path: ExposedPath) =>
      kindKey(path) === kindKey(holder) || this.#isReserved(path)
    const own = { ...holder, filename: toPortableName(holder.original) }
    const filename = this.#table.freeName(holder.sha256, own, isReserved)
    const held = this.#dependency(holder)
    const dependency = {
      ...held,
      original_filename: holder.original,
      expose: { ...held.expose, filename },
    }
    this.#put({ ...holder, filename }, dependency, this.#resolved.get(holder.dependency_id) ?? null)
    this.displaced.push({ sha256: holder.sha256, from: holder.filename, to: filename })
  }

  /** Gives the path of a missing file to another one; the former is kept in the lock. */
  #replace(holder: Exposed, one: Exposure): Placed {
    const former = this.#resolved.get(holder.dependency_id)?.artifact
    this.#table.remove(holder)
    const dependency = this.#dependency(holder)
    const exposed = { ...holder, sha256: one.sha256 }
    const entry = resolvedAs(this.#reader, dependency, one.sha256)
    this.#put(exposed, dependency, former === undefined ? entry : { ...entry, former })
    return placedAs(exposed, 'added')
  }

  #put(exposed: Exposed, dependency: Dependency, resolved: Resolved | null): void {
    this.changed = true
    this.#dependencies.set(dependency.id, dependency)
    if (resolved !== null) this.#resolved.set(dependency.id, resolved)
    this.#table.add(exposed)
  }

  #entryOf(dependency: Dependency, { sha256 }: Exposed): Resolved | null {
    const entry = this.#resolved.get(dependency.id)
    if (entry === undefined || sha256 === null) return entry ?? null
    const { model_kind: _former, ...artifact } = entry.artifact
    const { kind, model_kind } = dependency
    const kinds = model_kind === undefined ? { kind } : { kind, model_kind }
    return { ...entry, artifact: { ...artifact, ...kinds } }
  }

  #dependency({ dependency_id }: Exposed): Dependency {
    const held = this.#dependencies.get(dependency_id)
    if (held === undefined) throw new Error(`The pack has no dependency ${dependency_id}`)
    return held
  }

  #isGone({ sha256 }: Exposed): boolean {
    return sha256 === null || !this.#reader.hasBlob(sha256)
  }

  #freeId(filename: string): string {
    const base = filename.replaceAll(/[^A-Za-z0-9._-]+/gu, '-').slice(0, 80) || 'file'
    for (let count = this.#numbers.get(base) ?? 1; ; count += 1) {
      const id = count === 1 ? base : `${base}-${String(count)}`
      if (this.#dependencies.has(id)) continue
      this.#numbers.set(base, count + 1)
      return id
    }
  }
}
