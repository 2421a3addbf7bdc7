/** Writes manifests for blobs without one, from the locks that refer to them. */
import { documentText } from '../../../schemas/json.ts'
import type { Sha256 } from '../../../schemas/ids.ts'
import { isAppError } from '../../../schemas/errors.ts'
import type { MigrateResult } from '../../../schemas/inventory.ts'
import { diskKind } from '../../../schemas/kinds.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { StoreContext } from '../context.ts'
import { digestOf, exposedName, kindOfFile } from '../../store/pack-lock-entries.ts'
import { checkCancelled, type ActorWork } from '../progress.ts'

interface Named {
  readonly sha256: Sha256
  readonly name: string | null
  readonly kind: string
  readonly origin: Readonly<Record<string, unknown>> | null
}

/** Blobs that locks refer to, named by the first pack with them. */
function namedByLocks(reader: StoreReader): Map<Sha256, Named> {
  const named = new Map<Sha256, Named>()
  for (const name of reader.packNames()) {
    const pack = readOrNull(() => reader.pack(name))
    const lock = readOrNull(() => reader.lock(name))
    for (const entry of lock?.resolved ?? []) {
      const sha256 = digestOf(entry)
      if (sha256 === null || typeof named.get(sha256)?.name === 'string') continue
      const dependency = pack?.dependencies.find((one) => one.id === entry.dependency_id)
      const filename = exposedName(dependency, entry)
      named.set(sha256, {
        sha256,
        name: filename === sha256.slice(0, 12) ? null : filename,
        kind: kindOfFile(dependency, entry),
        origin: originOf(entry.artifact.provider),
      })
    }
  }
  return named
}

function readOrNull<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (isAppError(error)) return null
    throw error
  }
}

const ORIGIN_KEYS = ['model_id', 'version_id', 'file_id', 'repo_id'] as const

function originOf(provider: Readonly<Record<string, unknown>>): Named['origin'] {
  if (provider['name'] === 'local') return null
  const facts = ORIGIN_KEYS.map((key) => [key, provider[key] ?? null] as const)
  return { provider: provider['name'], ...Object.fromEntries(facts) }
}

async function writeManifest(tx: StoreTx, named: Named, name: string): Promise<void> {
  const meta = {
    version: 1,
    created_at: tx.timestamp(),
    original_filename: name,
    ...diskKind(named.kind),
    origin: named.origin,
    size_bytes: tx.blob(named.sha256)?.size_bytes ?? 0,
  }
  await tx.perform({ op: 'blob.describe', after: { sha256: named.sha256 } }, [
    { do: 'once', path: tx.paths.relative(tx.paths.meta(named.sha256)), text: documentText(meta) },
  ])
}

/**
 * Writes a manifest for every referenced blob without one; existing ones are kept. Safe to repeat.
 * @throws job.cancelled
 */
export async function migrateManifests(
  ctx: StoreContext,
  { actor, signal, report }: ActorWork,
  { dry_run }: { readonly dry_run: boolean },
): Promise<MigrateResult> {
  const { reader } = ctx.store
  reader.requireInitialized()
  const all = [...namedByLocks(reader).values()].filter((one) => reader.hasBlob(one.sha256))
  const result: MigrateResult = {
    dry_run,
    scanned: 0,
    created: 0,
    already_there: 0,
    without_name: 0,
    errors: [],
  }
  for (const named of all) {
    checkCancelled(signal)
    report({ stage: 'writing', done: result.scanned, total: all.length, unit: 'blobs' })
    result.scanned += 1
    const { name } = named
    if (reader.text(reader.paths.meta(named.sha256)) !== null) result.already_there += 1
    else if (name === null) result.without_name += 1
    else {
      if (!dry_run) await ctx.store.transact(actor, (tx) => writeManifest(tx, named, name))
      result.created += 1
    }
  }
  return result
}
