/**
 * Publishes staged files in one batch: the only way into the store. Each gets its name in the store
 * and joins its packs; the next holder of the lock resumes what a crash interrupted.
 */
import { isAppError } from '../../../schemas/errors.ts'
import type { PackName, UiName, Uuid } from '../../../schemas/ids.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { addToPack } from '../packs/add-to-pack.ts'
import type { Displaced, Exposure, IsReserved, Placed } from '../packs/exposure.ts'
import { recordPublished, type Published, type PublishOutcomes } from './publish-blob.ts'
import type { StagedFile } from './staged-file.ts'

/** Files that join one pack, in this order, in one edit of it. */
export interface PackJoin<F> {
  readonly pack: PackName
  /** The only interface that shows the pack, if it is created here. */
  readonly ui?: UiName
  readonly files: readonly F[]
  /** Reports whether a path in the pack is reserved for a file with that very name. */
  readonly isReserved?: IsReserved
}

/** A batch; `F` is the caller's type of a file. */
export interface Batch<F> {
  readonly files: readonly F[]
  readonly joins: readonly PackJoin<F>[]
  readonly stagedOf: (file: F) => Pick<StagedFile, 'digests' | 'temporary'>
  /** The exposures of a file in a pack: itself first, then its further names. */
  readonly exposuresOf: (file: F) => readonly Exposure[]
  /** Gives files their names in the store: see {@link eachAlone}. */
  readonly publish: (files: readonly F[], outcomes: PublishOutcomes<F>) => Promise<void>
  /** Called for a file that could not be published or join its pack; throws to end the batch. */
  readonly failed: (file: F, error: unknown) => Promise<void> | void
}

/** The outcome of a batch. */
export interface BatchResult<F> {
  /** Files that the store now holds. */
  readonly published: ReadonlyMap<F, Published>
  /** How packs show them: see {@link Batch.exposuresOf}. */
  readonly placed: ReadonlyMap<F, readonly Placed[]>
  /** Files of packs that had to give up their names. */
  readonly displaced: readonly Displaced[]
}

const isDiskError = (error: unknown) => isAppError(error) && error.code.startsWith('disk.')

/** A recorded join, open until its files are in the pack. */
interface OpenJoin<F> {
  readonly join: PackJoin<F>
  readonly id: Uuid
}

async function beginJoin<F>(
  tx: StoreTx,
  join: PackJoin<F>,
  { exposuresOf }: Batch<F>,
): Promise<OpenJoin<F>> {
  const { pack, ui, files: joining } = join
  const files = joining.flatMap(exposuresOf)
  const after = ui === undefined ? { pack, files } : { pack, ui, files }
  return { join, id: await tx.begin({ op: 'pack.add_files', after }) }
}

/**
 * Publishes a batch under the lock. Views are not synced.
 * @throws what `failed` throws, disk.* of ledgers and packs
 */
export async function publishBatch<F>(tx: StoreTx, batch: Batch<F>): Promise<BatchResult<F>> {
  const open: OpenJoin<F>[] = []
  for (const join of batch.joins) open.push(await beginJoin(tx, join, batch))
  const published = new Map<F, Published>()
  const hindered = new Set<F>()
  await batch.publish(batch.files, {
    published: (file, outcome) => published.set(file, outcome),
    failed: async (file, error) => {
      if (isDiskError(error)) hindered.add(file)
      await batch.failed(file, error)
    },
  })
  await recordPublished(tx, newBlobs(batch, published))
  const result = {
    published,
    placed: new Map<F, readonly Placed[]>(),
    displaced: [] as Displaced[],
  }
  for (const { join, id } of open) {
    await fillPack(tx, join, { batch, result })
    // A file that failed because of the disk may still come in with the next change; then it joins
    // the pack.
    if (hindered.size === 0) await tx.end(id)
  }
  return result
}

function newBlobs<F>({ stagedOf }: Batch<F>, published: ReadonlyMap<F, Published>) {
  return [...published].flatMap(([file, outcome]) => {
    const { digests, temporary } = stagedOf(file)
    if (outcome === 'there') return []
    return [{ sha256: digests.sha256, inPlace: temporary === null ? digests : null }]
  })
}

/** A batch with published files, and the outcome for its packs so far. */
interface PublishedBatch<F> {
  readonly batch: Batch<F>
  readonly result: {
    readonly published: ReadonlyMap<F, Published>
    readonly placed: Map<F, readonly Placed[]>
    readonly displaced: Displaced[]
  }
}

/** Makes one edit of a pack; a file that it cannot take is in the store anyway. */
async function fillPack<F>(
  tx: StoreTx,
  { pack, ui, files, isReserved }: PackJoin<F>,
  { batch: { exposuresOf, failed }, result }: PublishedBatch<F>,
): Promise<void> {
  const here = files.filter((file) => result.published.has(file))
  const exposures = here.map(exposuresOf)
  if (here.length === 0) return
  try {
    const added = { files: exposures.flat(), isReserved, onlyUi: ui }
    const { placed, displaced } = await addToPack(tx, pack, added)
    result.displaced.push(...displaced)
    let at = 0
    for (const [index, file] of here.entries()) {
      const count = exposures[index]?.length ?? 0
      result.placed.set(file, placed.slice(at, at + count))
      at += count
    }
  } catch (error) {
    if (!isAppError(error) || isDiskError(error)) throw error
    for (const file of here) await failed(file, error)
  }
}
