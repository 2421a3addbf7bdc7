/** Makes dependencies and lock entries from files of the store. */
import * as v from 'valibot'
import { AppError } from '../../../schemas/errors.ts'
import type { PackName, Sha256 } from '../../../schemas/ids.ts'
import { diskKind } from '../../../schemas/kinds.ts'
import {
  Dependency,
  type DependencyInput,
  type Lock,
  type Resolved,
} from '../../../schemas/pack.ts'
import type { StoreReader } from '../../store/store-reader.ts'

/** A dependency and its lock entry, both made from a request. */
export interface MadeDependency {
  readonly dependency: Dependency
  readonly resolved: Resolved | null
}

/** The ids of a pack's dependencies; each new one costs the same, however many there are. */
export class DependencyIds {
  readonly #taken: Set<string>
  /** Base text of ids → the number to try next. */
  readonly #next = new Map<string, number>()

  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken)
  }

  /** Claims an id from a request. @throws input.invalid where the pack already has it */
  claim(id: string): string {
    if (this.#taken.has(id)) {
      throw new AppError('input.invalid', `The pack has a dependency "${id}" already`)
    }
    this.#taken.add(id)
    return id
  }

  /** Makes a free id that resembles a file's name. */
  make(filename: string): string {
    const base = filename.replaceAll(/[^A-Za-z0-9._-]+/gu, '-').slice(0, 80) || 'file'
    let count = this.#next.get(base) ?? 1
    const name = () => (count === 1 ? base : `${base}-${String(count)}`)
    while (this.#taken.has(name())) count += 1
    const id = name()
    this.#next.set(base, count + 1)
    this.#taken.add(id)
    return id
  }
}

function nameFor(reader: StoreReader, input: DependencyInput): string {
  if (input.filename !== undefined) return input.filename
  const meta = input.sha256 === undefined ? null : reader.meta(input.sha256)
  return meta?.original_filename ?? input.local_path?.split(/[\\/]/u).at(-1) ?? 'unnamed'
}

/** Makes a dependency from a request. @throws blob.not_found, input.invalid */
export function makeDependency(
  reader: StoreReader,
  input: DependencyInput,
  ids: DependencyIds,
): MadeDependency {
  if (input.sha256 !== undefined && !reader.hasBlob(input.sha256)) {
    throw new AppError('blob.not_found', `No model ${input.sha256.slice(0, 12)} in the store`)
  }
  const filename = nameFor(reader, input)
  const meta = input.sha256 === undefined ? null : reader.meta(input.sha256)
  const kind = diskKind(input.kind ?? meta?.model_kind ?? meta?.kind ?? 'unknown')
  const dependency: Dependency = v.parse(Dependency, {
    id: input.id === undefined ? ids.make(filename) : ids.claim(input.id),
    ...kind,
    required: input.required,
    selector: {
      strategy: 'local_file',
      base_model: null,
      civitai: null,
      constraints: null,
      huggingface: null,
      local_path: input.local_path ?? null,
      url: null,
    },
    update_policy: { mode: 'pinned' },
    expose: {
      filename,
      trigger_words: [],
      ...(input.subfolder === undefined ? {} : { subfolder: input.subfolder }),
    },
    description: input.description ?? null,
  })
  const resolved = input.sha256 === undefined ? null : resolvedAs(reader, dependency, input.sha256)
  return { dependency, resolved }
}

/** Returns the lock entry of a dependency that resolves to a blob. */
export function resolvedAs(reader: StoreReader, dependency: Dependency, sha256: Sha256): Resolved {
  return {
    dependency_id: dependency.id,
    artifact: {
      kind: dependency.kind,
      ...(dependency.model_kind === undefined ? {} : { model_kind: dependency.model_kind }),
      sha256,
      size_bytes: reader.blob(sha256)?.size_bytes ?? null,
      provider: {
        name: 'local',
        filename: dependency.expose.filename,
        file_id: null,
        model_id: null,
        repo_id: null,
        revision: null,
        version_id: null,
      },
      download: { urls: [] },
      integrity: { sha256_verified: true },
    },
  }
}

/** Returns the lock of a pack without resolved dependencies. */
export function emptyLock(name: PackName, at: string): Lock {
  return { schema: 'synapse.lock.v2', pack: name, resolved_at: at, resolved: [], unresolved: [] }
}

/** Returns the lock entry of a dependency whose file is missing. */
export const notHere = (id: string) => ({ dependency_id: id, reason: 'not_here', details: {} })
