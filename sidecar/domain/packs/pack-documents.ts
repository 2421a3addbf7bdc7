/** Makes the two documents of a pack; nothing is written here. */
import * as v from 'valibot'
import type { PackName } from '../../../schemas/ids.ts'
import { documentText } from '../../../schemas/json.ts'
import {
  Pack,
  type Lock,
  type DependencyInput,
  type PackCreate,
  type PackEdit,
} from '../../../schemas/pack.ts'
import { type Step, writeStep } from '../../store/steps.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { DependencyIds, makeDependency, notHere } from './make-dependency.ts'

/** A pack with its lock. */
export interface PackDocuments {
  readonly pack: Pack
  readonly lock: Lock
}

/** Returns a pack without files. */
export function emptyPack(name: PackName): Pack {
  return v.parse(Pack, {
    name,
    pack_type: 'unknown',
    pack_category: 'custom',
    source: { provider: 'local', model_id: null, version_id: null, url: null },
    cover_url: null,
    version: null,
    description: null,
    base_model: null,
    author: null,
    created_at: null,
    parameters: null,
    model_info: null,
    resources: { previews_keep_in_git: true, workflows_keep_in_git: true },
  })
}

/**
 * Returns the documents with a dependency for each input; `resolved_at` is the caller's.
 * @throws blob.not_found, input.invalid
 */
export function withFiles(
  reader: StoreReader,
  documents: PackDocuments,
  inputs: readonly DependencyInput[],
): PackDocuments {
  const dependencies = [...documents.pack.dependencies]
  const resolved = [...documents.lock.resolved]
  const unresolved = [...documents.lock.unresolved]
  const ids = new DependencyIds(dependencies.map((one) => one.id))
  for (const input of inputs) {
    const made = makeDependency(reader, input, ids)
    dependencies.push(made.dependency)
    if (made.resolved !== null) resolved.push(made.resolved)
    else unresolved.push(notHere(made.dependency.id))
  }
  return {
    pack: { ...documents.pack, dependencies },
    lock: { ...documents.lock, resolved, unresolved },
  }
}

const EDITABLE = [
  'description',
  'version',
  'base_model',
  'author',
  'tags',
  'user_tags',
  'trigger_words',
] as const

/** Returns the pack with the facts of a request; others are kept. */
export function withFacts(pack: Pack, facts: PackCreate | PackEdit): Pack {
  const named = EDITABLE.filter((key) => facts[key] !== undefined)
  const changed = Object.fromEntries(named.map((key) => [key, facts[key]]))
  const held = new Map(pack.pack_dependencies.map((one) => [one.pack_name, one] as const))
  const needs = facts.pack_dependencies?.map(
    (name) => held.get(name) ?? { pack_name: name, required: true, version_constraint: null },
  )
  return { ...pack, ...changed, ...(needs === undefined ? {} : { pack_dependencies: needs }) }
}

/**
 * Returns the steps that write the documents of a pack, the lock first; none for unchanged ones.
 */
export function documentSteps(
  { paths }: StoreReader,
  name: PackName,
  documents: PackDocuments,
): Step[] {
  return [
    writeStep(paths, paths.packLock(name), documentText(documents.lock)),
    writeStep(paths, paths.pack(name), documentText(documents.pack)),
  ].filter((step) => step !== null)
}
