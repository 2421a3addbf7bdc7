/** Publishes proven bytes as a blob, with manifest, digests and proof. */
import { AppError } from '../../../schemas/errors.ts'
import { documentText, lineText } from '../../../schemas/json.ts'
import { diskKind } from '../../../schemas/kinds.ts'
import type { Sha256 } from '../../../schemas/ids.ts'
import { STORE_LOCATION } from '../../../schemas/locations.ts'
import type { CopyRecord } from '../../../schemas/records.ts'
import { identityAt, isUnchanged, seenFile } from '../../platform/file-identity.ts'
import type { Digests } from '../../platform/hash-pool.ts'
import type { Step } from '../../store/steps.ts'
import type { PlannedOperation } from '../../store/perform-together.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { stillJudged, type Judged } from './judge-blob.ts'
import type { StagedFile } from './staged-file.ts'
import { replaceBlob } from './replace-blob.ts'

const READ_ONLY = 0o444

function metaStep(tx: StoreTx, staged: StagedFile): Step {
  const { digests } = staged
  const meta = {
    version: 1,
    created_at: tx.timestamp(),
    original_filename: staged.name,
    ...diskKind(staged.kind),
    origin: null,
    size_bytes: staged.digests.size_bytes,
    digests: digests.blake3 === null ? {} : { blake3: digests.blake3 },
  }
  return {
    do: 'once',
    path: tx.paths.relative(tx.paths.meta(digests.sha256)),
    text: documentText(meta),
  }
}

function recordSteps(tx: StoreTx, staged: StagedFile): Step[] {
  const { sha256, blake3 } = staged.digests
  const at = tx.timestamp()
  const digests = {
    sha256,
    size_bytes: staged.digests.size_bytes,
    at,
    ...(blake3 === null ? {} : { blake3 }),
  }
  const read: CopyRecord = { event: 'read', sha256, good: true, how: 'published', at }
  return [
    { do: 'line', path: tx.paths.relative(tx.paths.digests), text: lineText(digests) },
    { do: 'line', path: tx.paths.relative(tx.paths.copies(STORE_LOCATION)), text: lineText(read) },
  ]
}

function bringSteps(tx: StoreTx, staged: StagedFile): Step[] {
  const { by } = staged
  const to = tx.paths.relative(tx.paths.blob(staged.digests.sha256))
  const own = tx.paths.isStaged(by.from)
  const seen = own ? {} : { seen: seenFile(staged.digests) }
  const remembered = own ? [] : [inPlaceStep(tx, staged)]
  const bring: Step =
    by.method === 'move'
      ? { do: 'move', from: by.from, to, ...seen }
      : { do: 'link', from: by.from, to, ...seen }
  return [...remembered, bring, { do: 'mode', path: to, before: by.mode, after: READ_ONLY }]
}

/** Records a file that becomes a blob without being copied: it is checked again later. */
function inPlaceStep(tx: StoreTx, { digests, by: { from, mode } }: StagedFile): Step {
  const { sha256 } = digests
  const record = {
    event: 'arrived',
    sha256,
    at: tx.timestamp(),
    from,
    mode,
    seen: seenFile(digests),
  }
  return { do: 'line', path: tx.paths.relative(tx.paths.inPlace), text: lineText(record) }
}

/** Returns the steps that publish new bytes as a blob. */
export function publishSteps(tx: StoreTx, staged: StagedFile): Step[] {
  return [...recordSteps(tx, staged), ...bringSteps(tx, staged), metaStep(tx, staged)]
}

/** The outcome for arriving bytes. */
export type Published = 'new' | 'there' | 'replaced'

/** Receives the outcome for each file of a batch. */
export interface PublishOutcomes<F> {
  readonly published: (file: F, outcome: Published) => void
  /** Throws where continuing is pointless. */
  readonly failed: (file: F, error: unknown) => Promise<void>
}

/** Publishes the files of a batch one after the other. */
export function eachAlone<F>(publish: (file: F) => Promise<Published>) {
  return async (files: readonly F[], outcomes: PublishOutcomes<F>): Promise<void> => {
    for (const file of files) {
      let outcome: Published
      try {
        outcome = await publish(file)
      } catch (error) {
        await outcomes.failed(file, error)
        continue
      }
      outcomes.published(file, outcome)
    }
  }
}

/** A newly published blob, and the file that it came from if it was not copied. */
export interface JustPublished {
  readonly sha256: Sha256
  readonly inPlace: Digests | null
}

/**
 * Records the state of newly published blobs: as when their bytes were proven, apart from our own
 * calls. One that was written to since gets no such record.
 * @throws disk.*
 */
export async function recordPublished(tx: StoreTx, blobs: readonly JustPublished[]): Promise<void> {
  const at = tx.timestamp()
  const readings = blobs.flatMap(({ sha256, inPlace }): CopyRecord[] => {
    const now = identityAt(tx.paths.blob(sha256))
    if (now === null || (inPlace !== null && !isUnchanged(now, seenFile(inPlace)))) return []
    const seen = seenFile(now)
    return [{ event: 'read', sha256, good: true, how: 'published', at, seen }]
  })
  await tx.recordCopies(readings)
}

/**
 * What the store has under the digest of staged bytes.
 * @throws blob.integrity_mismatch where the blob changed since it was judged
 */
function standing(tx: StoreTx, { digests: { sha256 }, judged }: StagedFile): Judged['is'] {
  const now = stillJudged(tx, sha256, judged)
  if (now !== 'unknown') return now
  throw new AppError(
    'blob.integrity_mismatch',
    `The model ${sha256.slice(0, 12)} in the store changed while the import ran`,
    { hint: 'Repeat the import; nothing was replaced.' },
  )
}

function publication(tx: StoreTx, staged: StagedFile): PlannedOperation {
  const { source, how, digests } = staged
  const about = { before: { path: source }, after: { sha256: digests.sha256, how } }
  return { facts: { op: 'blob.import', ...about }, steps: publishSteps(tx, staged) }
}

/**
 * Publishes a blob. If a good one exists, only a missing manifest is added and the new bytes stay
 * where they are; a damaged one is replaced by them.
 * @throws blob.integrity_mismatch where the blob changed since it was judged, disk.*
 */
export async function publishBlob(tx: StoreTx, staged: StagedFile): Promise<Published> {
  const { name, source, how, judged } = staged
  const { sha256 } = staged.digests
  const now = standing(tx, staged)
  if (judged.is === now && judged.is !== 'absent' && judged.reading !== null) {
    await tx.recordCopies([judged.reading])
  }
  if (now === 'good') {
    await describe(tx, staged)
    return 'there'
  }
  if (now === 'bad') {
    // The bytes are recorded as good only once they have the name.
    const steps = [...bringSteps(tx, staged), ...recordSteps(tx, staged)]
    const by = { sha256, name, source, how }
    await replaceBlob(tx, { ...by, steps: [...steps, metaStep(tx, staged)] })
    return 'replaced'
  }
  const { facts, steps } = publication(tx, staged)
  await tx.perform(facts, steps)
  return 'new'
}

/** The maximum number of operations that are open at once. */
const MAX_TOGETHER = 256

/**
 * Publishes blobs as {@link publishBlob} does; those that are new to the store are published side
 * by side.
 * @throws what `outcomes.failed` throws, store.locked, store.offline, disk.* of the journal
 */
export async function publishBlobs<F extends { readonly staged: StagedFile }>(
  tx: StoreTx,
  files: readonly F[],
  outcomes: PublishOutcomes<F>,
): Promise<void> {
  const fresh = new Map<Sha256, F>()
  for (const file of files) {
    const { sha256 } = file.staged.digests
    if (!fresh.has(sha256) && identityAt(tx.paths.blob(sha256)) === null) fresh.set(sha256, file)
  }
  const together = [...fresh.values()]
  for (let at = 0; at < together.length; at += MAX_TOGETHER) {
    const group = together.slice(at, at + MAX_TOGETHER)
    const errors = await tx.performTogether(group.map(({ staged }) => publication(tx, staged)))
    for (const [index, file] of group.entries()) {
      const error = errors[index] ?? null
      if (error === null) outcomes.published(file, 'new')
      else await outcomes.failed(file, error)
    }
  }
  const rest = files.filter((file) => fresh.get(file.staged.digests.sha256) !== file)
  await eachAlone(({ staged }: F) => publishBlob(tx, staged))(rest, outcomes)
}

/** Writes the manifest of a blob without one. @throws disk.* */
async function describe(tx: StoreTx, staged: StagedFile): Promise<void> {
  const { sha256 } = staged.digests
  if (tx.text(tx.paths.meta(sha256)) !== null) return
  await tx.perform({ op: 'blob.describe', after: { sha256 } }, [metaStep(tx, staged)])
}
