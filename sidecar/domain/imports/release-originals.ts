/** Removes the originals of a move once the store's copies are proven. */
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../../schemas/errors.ts'
import type { Sha256 } from '../../../schemas/ids.ts'
import type { CopyReading, SeenFile } from '../../../schemas/records.ts'
import {
  identityAt,
  isUntouched,
  seenFile,
  sourceChanged,
  type FileIdentity,
} from '../../platform/file-identity.ts'
import type { HashPool } from '../../platform/hash-pool.ts'
import { removalRefusal, type KeptReason } from '../../platform/remove-duplicate.ts'
import {
  RELEASE_GROUP,
  releaseFiles,
  type Release,
  type ReleaseOutcome,
} from '../../store/release-files.ts'
import type { StoreContext } from '../context.ts'
import { readBack } from '../locations/read-back.ts'
import { storeLocation } from '../locations/store-location.ts'

/** The dependencies of removing originals. */
export interface ReleaseContext extends StoreContext {
  readonly pool: HashPool
}

/** An original whose bytes the store holds. */
export interface Original {
  /** Absolute. */
  readonly path: string
  readonly sha256: Sha256
  /** The original as its bytes were read. */
  readonly read: FileIdentity
}

const BUSY_PATIENCE_MS = 5000
const BUSY_PAUSE_MS = 100
const MAX_READINGS = 3

/**
 * Throws for a file that could not be removed from its folder after a move. Changes nothing.
 * @throws import.not_removable
 */
export function requireRemovable(path: string): void {
  const errno = removalRefusal(path)
  if (errno !== null) throw notRemovable(path, errno)
}

function notRemovable(path: string, why: string): AppError {
  return new AppError(
    'import.not_removable',
    `${path} cannot be removed from its folder (${why})`,
    {
      hint: 'Import it by copy, or change the rights on its folder. Nothing of it was changed.',
    },
  )
}

/**
 * Removes originals, each only once the store's copy is proven to be another, complete file; the
 * others are kept. Files in use are waited for without holding the lock.
 * @returns path → error for each original that was kept
 * @throws store.locked, store.offline, disk.* where the journal cannot be written
 */
export async function releaseOriginals(
  ctx: ReleaseContext,
  actor: string,
  originals: readonly Original[],
): Promise<Map<string, unknown>> {
  const kept = new Map<string, unknown>()
  for (let at = 0; at < originals.length; at += RELEASE_GROUP) {
    const group = await releaseGroup(ctx, actor, originals.slice(at, at + RELEASE_GROUP))
    for (const [path, error] of group) kept.set(path, error)
  }
  return kept
}

/** @returns as {@link releaseOriginals} */
async function releaseGroup(
  ctx: ReleaseContext,
  actor: string,
  originals: readonly Original[],
): Promise<Map<string, unknown>> {
  const kept = new Map<string, unknown>()
  const until = performance.now() + BUSY_PATIENCE_MS
  let left = [...originals]
  for (let reading = 1; left.length > 0; reading += 1) {
    const outcomes = await releaseOnce(ctx, actor, left)
    const again = left.filter((one) => {
      const outcome = outcomes.get(one)
      if (outcome === 'touched') return reading < MAX_READINGS
      return outcome === 'busy' && performance.now() < until
    })
    for (const [one, outcome] of outcomes) {
      if (again.includes(one)) continue
      const error = keptError(one.path, outcome)
      if (error !== null) kept.set(one.path, error)
    }
    if (again.some((one) => outcomes.get(one) === 'busy')) await sleep(BUSY_PAUSE_MS)
    left = again
  }
  return kept
}

/** Readings of the store's copies: the last recorded ones, and those made since. */
interface Readings {
  readonly recorded: ReadonlyMap<Sha256, CopyReading>
  readonly fresh: CopyReading[]
}

async function releaseOnce(
  ctx: ReleaseContext,
  actor: string,
  originals: readonly Original[],
): Promise<Map<Original, ReleaseOutcome>> {
  const recorded = ctx.store.reader.lastReadings(originals.map(({ sha256 }) => sha256))
  const readings: Readings = { recorded, fresh: [] }
  const releases = new Map<Original, Release>()
  const unproven = new Map<Original, ReleaseOutcome>()
  for (const original of originals) {
    try {
      const release = await prove(ctx, original, readings)
      if (release !== null) releases.set(original, release)
    } catch (error) {
      unproven.set(original, { error })
    }
  }
  if (releases.size + readings.fresh.length === 0) return unproven
  const outcomes = await ctx.store.transact(actor, async (tx) => {
    await tx.recordCopies(readings.fresh)
    return releaseFiles(tx, [...releases.values()])
  })
  const released = [...releases.keys()].map(
    (one, index) => [one, outcomes[index] ?? 'gone'] as const,
  )
  return new Map([...unproven, ...released])
}

/**
 * Reads the store's copy back, unless it is unchanged since it was last proven; and the original,
 * if only its change time differs since it was read.
 * @returns null where the original is gone
 * @throws blob.not_found, blob.integrity_mismatch, import.source_changed, disk.*
 */
async function prove(
  ctx: ReleaseContext,
  original: Original,
  readings: Readings,
): Promise<Release | null> {
  const { path, sha256 } = original
  const now = await ctx.store.outside.call(path, 'identity', path)
  if (now === null) return null
  const seen = await readAgain(ctx.pool, original, now)
  const copy_seen = await provenCopy(ctx, sha256, readings)
  return { path, sha256, seen, copy_seen }
}

async function readAgain(
  pool: HashPool,
  { path, sha256, read }: Original,
  now: FileIdentity,
): Promise<SeenFile> {
  const seen = seenFile(read)
  if (isUntouched(now, seen)) return seen
  const digests = await pool.hash(path, { blake3: false })
  if (digests.sha256 !== sha256) throw sourceChanged(path)
  return seenFile(digests)
}

async function provenCopy(
  ctx: ReleaseContext,
  sha256: Sha256,
  readings: Readings,
): Promise<SeenFile> {
  const recorded = readings.recorded.get(sha256)
  const blob = ctx.store.paths.blob(sha256)
  const now = identityAt(blob)
  if (now === null) throw new AppError('blob.not_found', `${blob} is gone; the original stays`)
  const numbered = now.ino !== 0n && recorded?.good === true
  if (numbered && recorded.seen !== undefined && isUntouched(now, recorded.seen)) {
    return recorded.seen
  }
  const { good, digests, record } = await readBack(storeLocation(ctx), sha256)
  readings.fresh.push(record)
  if (good) return seenFile(digests)
  throw new AppError('blob.integrity_mismatch', `${blob} does not hold the bytes of its name`, {
    hint: 'The original was not touched. Run `synapse inventory verify`.',
  })
}

const WHY: Readonly<Record<KeptReason, (path: string) => AppError>> = {
  changed: sourceChanged,
  touched: sourceChanged,
  busy: (path) => notRemovable(path, 'another program holds it open, or it is a mount point'),
  not_removable: (path) => notRemovable(path, 'not permitted'),
  same_file: (path) =>
    new AppError('import.inside_store', `${path} is a file of the store, by another path`, {
      hint: 'It is in the store already; nothing was removed.',
    }),
  copy_changed: (path) =>
    new AppError(
      'blob.not_found',
      `The store's copy of ${path} changed meanwhile; the original stays`,
    ),
  name_taken: (path) =>
    new AppError('import.original_set_aside', `Another file took the name ${path} meanwhile`, {
      hint: `Both files are there: the original is a file in ${dirname(path)} whose name ends in .synapse-aside; \`synapse status\` names it.`,
    }),
}

/** Returns the error for which a file was kept; null where it is gone. */
export function keptError(path: string, outcome: ReleaseOutcome): unknown {
  if (outcome === 'removed' || outcome === 'gone') return null
  return typeof outcome === 'string' ? WHY[outcome](path) : outcome.error
}
