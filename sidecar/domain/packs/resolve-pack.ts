/** Filling the lock of a pack. */
import type { PackName, Sha256 } from '../../../schemas/ids.ts'
import { documentText } from '../../../schemas/json.ts'
import type { Dependency, Lock, ResolveResult } from '../../../schemas/pack.ts'
import { writeStep } from '../../store/act.ts'
import { digestOf } from '../../store/lock-entries.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { ActFacts, StoreTx } from '../../store/store-tx.ts'
import { emptyLock, notHere, resolvedAs } from './make-dependency.ts'

/**
 * Fills the lock of a pack from files that are here. What is known already is never forgotten.
 * @throws pack.not_found, disk.*
 */
export async function resolvePack(tx: StoreTx, name: PackName): Promise<ResolveResult> {
  const pack = tx.requirePack(name)
  const lock = tx.lock(name) ?? emptyLock(name, tx.timestamp())
  const known = new Map(lock.resolved.map((entry) => [entry.dependency_id, entry]))
  const found = pack.dependencies.flatMap((dependency) => {
    const entry = known.get(dependency.id)
    if (entry !== undefined && digestOf(entry) !== null) return []
    const sha256 = findByName(tx, dependency)
    return sha256 === null ? [] : [resolvedAs(tx, dependency, sha256)]
  })
  const fresh = new Set(found.map((entry) => entry.dependency_id))
  const resolved = [...lock.resolved.filter((one) => !fresh.has(one.dependency_id)), ...found]
  const done = new Set(resolved.map((entry) => entry.dependency_id))
  const old = new Map(lock.unresolved.map((one) => [one.dependency_id, one]))
  const unresolved = pack.dependencies
    .filter((one) => !done.has(one.id))
    .map((one) => old.get(one.id) ?? notHere(one.id))
  const next: Lock = { ...lock, resolved, unresolved }
  const changed = documentText(next) !== documentText(lock) || tx.lock(name) === null
  if (changed) {
    const stamped = { ...next, resolved_at: tx.timestamp() }
    const step = writeStep(tx.paths, tx.paths.packLock(name), documentText(stamped))
    tx.touched.packs.add(name)
    const facts: ActFacts = { op: 'pack.resolve', after: { pack: name }, viewsFollow: true }
    if (step !== null) await tx.act(facts, [step])
  }
  return { pack: name, lock: next, resolved: resolved.length, unresolved, changed }
}

/** The one blob here that bears the wanted name; null where there is none or more than one. */
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
