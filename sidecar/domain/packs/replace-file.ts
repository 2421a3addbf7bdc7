/** Replaces a file of a pack: its path and name stay, its digest changes. */
import { AppError } from '../../../schemas/errors.ts'
import type { PackName, Sha256 } from '../../../schemas/ids.ts'
import { documentText } from '../../../schemas/json.ts'
import type { Dependency, Resolved } from '../../../schemas/pack.ts'
import { writeStep, type Step } from '../../store/steps.ts'
import { digestOf } from '../../store/pack-lock-entries.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { resolvedAs } from './make-dependency.ts'

/** A file of a pack. */
export interface PackFileKey {
  readonly pack: string
  readonly dependency_id: string
  /** The digest that it resolves to. */
  readonly sha256: Sha256
}

/** The new file. */
export interface NextFile {
  readonly sha256: Sha256
  readonly size_bytes: number
  /** The time for the lock. */
  readonly at: string
}

/** Documents to write, and what the journal records of the former file. */
export interface PlannedReplacement {
  readonly steps: readonly Step[]
  readonly former: Readonly<Record<string, unknown>>
}

/**
 * Plans that a file of a pack becomes another one of this store, a local file without a provider.
 * Nothing is changed.
 * @throws pack.not_found, store.document_broken, store.newer_format
 * @throws plan.stale where the pack no longer resolves to the former file
 */
export function planReplacement(
  reader: StoreReader,
  file: PackFileKey,
  next: NextFile,
): PlannedReplacement {
  const name = file.pack as PackName
  const pack = reader.requirePack(name)
  const lock = reader.lock(name)
  const isIt = (one: Resolved) =>
    one.dependency_id === file.dependency_id && digestOf(one) === file.sha256
  const dependency = pack.dependencies.find((one) => one.id === file.dependency_id)
  const entry = lock?.resolved.find(isIt)
  if (lock === null || dependency === undefined || entry === undefined) throw changed(file)
  const local = localFile(dependency)
  const made = resolvedAs(reader, local, next.sha256)
  const resolved: Resolved = {
    ...entry,
    artifact: { ...made.artifact, size_bytes: next.size_bytes },
  }
  const documents = {
    pack: {
      ...pack,
      dependencies: pack.dependencies.map((one) => (one === dependency ? local : one)),
    },
    lock: {
      ...lock,
      resolved_at: next.at,
      resolved: lock.resolved.map((one) => (one === entry ? resolved : one)),
    },
  }
  const steps = [
    writeStep(reader.paths, reader.paths.packLock(name), documentText(documents.lock)),
    writeStep(reader.paths, reader.paths.pack(name), documentText(documents.pack)),
  ].filter((step) => step !== null)
  const { selector, update_policy } = dependency
  return { steps, former: { selector, update_policy, artifact: entry.artifact } }
}

function localFile(dependency: Dependency): Dependency {
  return {
    ...dependency,
    selector: {
      strategy: 'local_file',
      base_model: null,
      civitai: null,
      constraints: null,
      huggingface: null,
      local_path: null,
      url: null,
    },
    update_policy: { ...dependency.update_policy, mode: 'pinned' },
  }
}

function changed({ pack, dependency_id }: PackFileKey): AppError {
  return new AppError('plan.stale', `The pack "${pack}" has another file "${dependency_id}" by now`)
}
