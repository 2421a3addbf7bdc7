/** The store as a writable location: arriving bytes are staged and published like any import. */
import { join } from 'node:path'
import { AppError } from '../../../schemas/errors.ts'
import type { Sha256 } from '../../../schemas/ids.ts'
import { removeName } from '../../platform/disk.ts'
import { ensureFolder } from '../../platform/folders.ts'
import type { Digests } from '../../platform/hash-pool.ts'
import { partialName } from '../../platform/temporary-names.ts'
import { writeStream } from '../../platform/write-stream.ts'
import { stagingFolder } from '../../store/blobs-volume.ts'
import type { PutOptions, PutResult, WritableLocation } from '../locations/location.ts'
import { storeLocation } from '../locations/store-location.ts'
import { syncActiveViews } from '../profiles/sync-views.ts'
import { checkCancelled } from '../progress.ts'
import { judgeBlob } from './judge-blob.ts'
import { publishBatch } from './publish-batch.ts'
import { eachAlone, publishBlob } from './publish-blob.ts'
import type { ImportContext } from './stage-import.ts'
import type { StagedFile } from './staged-file.ts'

/** The name of a copy in its manifest, and its source. */
export interface PutFacts {
  readonly name: string
  readonly kind: string
  /** For the journal: a location or an address. */
  readonly source: string
}

/**
 * Opens the store as a writable location.
 * @param factsOf returns the name and source of a digest
 */
export function writableStore(
  ctx: ImportContext,
  actor: string,
  factsOf: (sha256: Sha256) => PutFacts,
): WritableLocation {
  async function put(
    bytes: AsyncIterable<Uint8Array>,
    options: PutOptions = {},
  ): Promise<PutResult> {
    const { store } = ctx
    store.reader.requireInitialized()
    await ensureFolder(stagingFolder(store.paths))
    await store.ownPartials()
    const temporary = join(stagingFolder(store.paths), partialName())
    try {
      await writeStream(temporary, observed(bytes, options))
      const { signal } = options
      const digests = await ctx.pool.hash(temporary, { signal })
      assertDigest(digests, options)
      const staged = await stagedPut(ctx, factsOf(digests.sha256), { temporary, digests, signal })
      return { sha256: digests.sha256, was: await publish(ctx, actor, staged) }
    } finally {
      await removeName(temporary, false)
    }
  }
  return { ...storeLocation(ctx), put }
}

/** Yields what `bytes` does, and reports how much that was. @throws job.cancelled */
async function* observed(
  bytes: AsyncIterable<Uint8Array>,
  { signal, onBytes }: PutOptions,
): AsyncGenerator<Uint8Array> {
  let done = 0
  for await (const piece of bytes) {
    if (signal) checkCancelled(signal)
    yield piece
    done += piece.length
    onBytes?.(done)
  }
  if (signal) checkCancelled(signal)
}

/** @throws blob.integrity_mismatch */
function assertDigest({ sha256 }: Digests, { sha256: expected }: PutOptions): void {
  if (expected === undefined || sha256 === expected) return
  throw new AppError(
    'blob.integrity_mismatch',
    `The bytes that arrived have the digest ${sha256.slice(0, 12)}, not ${expected.slice(0, 12)}`,
  )
}

/** Arrived bytes, and their digests when read back. */
interface ArrivedBytes {
  readonly temporary: string
  readonly digests: Digests
  readonly signal: AbortSignal | undefined
}

async function stagedPut(
  ctx: ImportContext,
  facts: PutFacts,
  { temporary, digests, signal = new AbortController().signal }: ArrivedBytes,
): Promise<StagedFile> {
  const judged = await judgeBlob(ctx, digests, signal)
  const from = ctx.store.paths.relative(temporary)
  return {
    ...facts,
    ...{ digests, judged, temporary, how: 'copied', isFlushed: true },
    by: { method: 'move', from, mode: 0o644 },
  }
}

async function publish(
  { store }: ImportContext,
  actor: string,
  staged: StagedFile,
): Promise<PutResult['was']> {
  const { published } = await store.transact(actor, async (tx) => {
    const result = await publishBatch(tx, {
      files: [staged],
      joins: [],
      stagedOf: (one) => one,
      exposuresOf: () => [],
      publish: eachAlone((one) => publishBlob(tx, one)),
      failed: (_one, error) => {
        throw error
      },
    })
    // If a damaged copy was replaced, its links are made again.
    await syncActiveViews(tx)
    return result
  })
  return published.get(staged) === 'there' ? 'there' : 'put'
}
