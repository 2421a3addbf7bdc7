/** Resolves the lock of a pack. */
import type { PackName, Sha256 } from '../../../schemas/ids.ts'
import { documentText } from '../../../schemas/json.ts'
import type { Dependency, Lock, ResolveResult } from '../../../schemas/pack.ts'
import { timestampOf, type Clock } from '../../platform/clock.ts'
import { writeStep, type Step } from '../../store/steps.ts'
import { digestOf } from '../../store/pack-lock-entries.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { StoreContext } from '../context.ts'
import { previewSteps } from '../profiles/preview-views.ts'
import { emptyLock, notHere, resolvedAs } from './make-dependency.ts'

interface PlannedResolve {
  readonly result: ResolveResult
  /** Empty where the lock does not change. */
  readonly steps: readonly Step[]
}

/** @throws pack.not_found, store.document_broken, store.newer_format */
function planResolve(reader: StoreReader, name: PackName, at: string): PlannedResolve {
  const pack = reader.requirePack(name)
  const held = reader.lock(name)
  const lock = held ?? emptyLock(name, at)
  const known = new Map(lock.resolved.map((entry) => [entry.dependency_id, entry]))
  const found = pack.dependencies.flatMap((dependency) => {
    const entry = known.get(dependency.id)
    if (entry !== undefined && digestOf(entry) !== null) return []
    const sha256 = findByName(reader, dependency)
    return sha256 === null ? [] : [resolvedAs(reader, dependency, sha256)]
  })
  const fresh = new Set(found.map((entry) => entry.dependency_id))
  const resolved = [...lock.resolved.filter((one) => !fresh.has(one.dependency_id)), ...found]
  const done = new Set(resolved.map((entry) => entry.dependency_id))
  const old = new Map(lock.unresolved.map((one) => [one.dependency_id, one]))
  const unresolved = pack.dependencies
    .filter((one) => !done.has(one.id))
    .map((one) => old.get(one.id) ?? notHere(one.id))
  const next: Lock = { ...lock, resolved, unresolved }
  const changed = documentText(next) !== documentText(lock) || held === null
  const step = changed
    ? writeStep(
        reader.paths,
        reader.paths.packLock(name),
        documentText({ ...next, resolved_at: at }),
      )
    : null
  return {
    result: {
      dry_run: false,
      pack: name,
      lock: next,
      resolved: resolved.length,
      unresolved,
      changed,
    },
    steps: step === null ? [] : [step],
  }
}

/**
 * Returns what {@link resolvePack} would do; nothing is changed.
 * @throws store.not_initialized, pack.not_found, store.document_broken, store.newer_format
 */
export async function previewResolve(
  ctx: StoreContext & { readonly clock: Clock },
  name: PackName,
): Promise<ResolveResult> {
  const { reader } = ctx.store
  reader.requireInitialized()
  const { result, steps } = planResolve(reader, name, timestampOf(ctx.clock))
  return { ...result, dry_run: true, views: await previewSteps(ctx, steps) }
}

/**
 * Fills the lock of a pack from files of the store. Known entries are never dropped.
 * @throws pack.not_found, disk.*
 */
export async function resolvePack(tx: StoreTx, name: PackName): Promise<ResolveResult> {
  const { result, steps } = planResolve(tx, name, tx.timestamp())
  if (steps.length === 0) return result
  await tx.perform({ op: 'pack.resolve', after: { pack: name }, syncViews: true }, steps)
  return result
}

/** The only blob with the wanted name; null where there is none or more than one. */
function findByName(reader: StoreReader, dependency: Dependency): Sha256 | null {
  const path = dependency.selector.local_path
  const wanted = new Set([dependency.expose.filename, path?.split(/[\\/]/u).at(-1)])
  const found: Sha256[] = []
  for (const sha256 of reader.blobs()) {
    const name = reader.meta(sha256)?.original_filename
    if (name !== undefined && wanted.has(name)) found.push(sha256)
  }
  return found.length === 1 ? (found[0] ?? null) : null
}
