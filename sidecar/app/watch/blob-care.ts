/** Automatic care of blobs: baselines, and reading those that were written to. */
import type { Sha256 } from '../../../schemas/ids.ts'
import { recordBaselines } from '../../domain/inventory/record-baselines.ts'
import { verifyJob } from '../jobs/kinds/verify.ts'
import type { Services } from '../services.ts'

/** A file that was written to this recently may not be complete yet. */
const REST_MS = 10_000
/** How much is read in one go at most, so that imports can run in between. */
const MAX_BYTES = 20 * 1024 ** 3

/** The blobs that a job should read now, at least one if any is suspect. */
function dueSuspects({ index }: Services): Sha256[] {
  const due: Sha256[] = []
  let bytes = 0
  for (const one of index.suspects()) {
    if (Date.now() - one.modified_ms < REST_MS) continue
    if (due.length > 0 && bytes + one.size_bytes > MAX_BYTES) return due
    due.push(one.sha256)
    bytes += one.size_bytes
  }
  return due
}

/**
 * Records blobs without a baseline, and starts a job that reads those which were written to since
 * they were verified. Needs an index that was reconciled.
 * @param signal ends it early
 * @throws store.locked, disk.*
 */
export async function careForBlobs(
  services: Services,
  signal = new AbortController().signal,
): Promise<void> {
  const unseen = (shard: string) => services.index.unseen(shard)
  await recordBaselines({ store: services.store, unseen, signal }, 'watcher')
  if (signal.aborted) return
  const sha256 = dueSuspects(services)
  if (sha256.length === 0) return
  const request = { sha256, all: false, changed: false }
  await services.jobs.start(verifyJob(services, { actor: 'watcher', priority: 'idle' }, request))
}

/** Runs rounds of care in the background until it is closed. */
export class BlobCare implements AsyncDisposable {
  readonly #services: Services
  readonly #stopped = new AbortController()
  #caring: Promise<void> | null = null
  /** True where another round is needed for what was found since the current one began. */
  #isWanted = false

  constructor(services: Services) {
    this.#services = services
  }

  /** Starts a round, after the current one if there is one. */
  begin(): void {
    this.#isWanted = true
    this.#caring ??= this.#careWhileWanted().finally(() => {
      this.#caring = null
    })
  }

  async #careWhileWanted(): Promise<void> {
    while (this.#isWanted && !this.#stopped.signal.aborted) {
      this.#isWanted = false
      await this.#careOnce()
    }
  }

  async #careOnce(): Promise<void> {
    try {
      await careForBlobs(this.#services, this.#stopped.signal)
    } catch (error) {
      this.#services.log({ level: 'warning', event: 'blobs.care_failed', error: String(error) })
    }
  }

  /** Resolves once no round is running. */
  async settled(): Promise<void> {
    await this.#caring
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort()
    await this.#caring
  }
}
