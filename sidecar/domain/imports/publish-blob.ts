/** Giving proven bytes their name in the store, with manifest, digests and proof. */
import { AppError } from '../../../schemas/errors.ts'
import { documentText, lineText } from '../../../schemas/json.ts'
import { diskKind } from '../../../schemas/kinds.ts'
import type { Sha256 } from '../../../schemas/ids.ts'
import { STORE_LOCATION } from '../../../schemas/locations.ts'
import type { CopyRecord } from '../../../schemas/records.ts'
import { identityAt, isUnchanged, seenFile } from '../../platform/file-identity.ts'
import type { Digests } from '../../platform/hash-pool.ts'
import type { Step } from '../../store/act.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { stillJudged, type Judged } from './judge-blob.ts'
import { replaceBlob } from './replace-blob.ts'

const READ_ONLY = 0o444

/** What is known of a file that becomes a blob. */
export interface BlobFacts {
  readonly digests: Digests
  readonly size_bytes: number
  readonly original_filename: string
  readonly kind: string
  /** Where the file came from, for the journal. */
  readonly source: string
}

/** How the bytes come to their name: both paths are absolute or relative to the root. */
export type Arrival =
  | { readonly by: 'move'; readonly from: string; readonly mode: number }
  | { readonly by: 'hard_link'; readonly from: string; readonly mode: number }

function metaStep(tx: StoreTx, facts: BlobFacts): Step {
  const { digests } = facts
  const meta = {
    version: 1,
    created_at: tx.timestamp(),
    original_filename: facts.original_filename,
    ...diskKind(facts.kind),
    origin: null,
    size_bytes: facts.size_bytes,
    digests: digests.blake3 === null ? {} : { blake3: digests.blake3 },
  }
  return {
    do: 'once',
    path: tx.paths.place(tx.paths.meta(digests.sha256)),
    text: documentText(meta),
  }
}

function recordSteps(tx: StoreTx, facts: BlobFacts): Step[] {
  const { sha256, blake3 } = facts.digests
  const at = tx.timestamp()
  const digests = {
    sha256,
    size_bytes: facts.size_bytes,
    at,
    ...(blake3 === null ? {} : { blake3 }),
  }
  const read: CopyRecord = { event: 'read', sha256, good: true, how: 'published', at }
  return [
    { do: 'line', path: tx.paths.place(tx.paths.digests), text: lineText(digests) },
    { do: 'line', path: tx.paths.place(tx.paths.copies(STORE_LOCATION)), text: lineText(read) },
  ]
}

function arrivalSteps(tx: StoreTx, facts: BlobFacts, arrival: Arrival): Step[] {
  const to = tx.paths.place(tx.paths.blob(facts.digests.sha256))
  const waiting = [tx.paths.temporary, tx.paths.blobsTemporary].map((path) => tx.paths.place(path))
  const own = waiting.some((folder) => arrival.from.startsWith(`${folder}/`))
  const seen = own ? {} : { seen: seenFile(facts.digests) }
  const remembered = own ? [] : [inPlaceStep(tx, facts, arrival)]
  const bring: Step =
    arrival.by === 'move'
      ? { do: 'move', from: arrival.from, to, ...seen }
      : { do: 'link', from: arrival.from, to, ...seen }
  return [...remembered, bring, { do: 'mode', path: to, before: arrival.mode, after: READ_ONLY }]
}

/** Remembers a file that becomes a blob as it is: it is looked at again later. */
function inPlaceStep(tx: StoreTx, { digests }: BlobFacts, { from, mode }: Arrival): Step {
  const { sha256 } = digests
  const record = {
    event: 'arrived',
    sha256,
    at: tx.timestamp(),
    from,
    mode,
    seen: seenFile(digests),
  }
  return { do: 'line', path: tx.paths.place(tx.paths.inPlace), text: lineText(record) }
}

/** The steps by which bytes that the store does not have become a blob of it. */
export function publishSteps(tx: StoreTx, facts: BlobFacts, arrival: Arrival): Step[] {
  return [...recordSteps(tx, facts), ...arrivalSteps(tx, facts, arrival), metaStep(tx, facts)]
}

/** How bytes arrive, and what the store was found to hold under their digest. */
export interface Publication {
  readonly arrival: Arrival
  readonly how: string
  readonly judged: Judged
}

/** What became of bytes that arrived. */
export type Published = 'new' | 'there' | 'replaced'

/** A blob that was just published, and the file that it came from if it was not copied. */
export interface JustPublished {
  readonly sha256: Sha256
  readonly inPlace: Digests | null
}

/**
 * Writes down how blobs are now that they have their names: what they were when their bytes were
 * proven, but for our own calls. One that somebody has written to since gets no such record.
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
 * Publishes a blob. Where a good one is here already, only a missing manifest is added and the
 * bytes that arrived stay where they are; a damaged one is replaced by them.
 * @throws blob.integrity_mismatch where the blob changed since it was judged, disk.*
 */
export async function publishBlob(
  tx: StoreTx,
  facts: BlobFacts,
  { arrival, how, judged }: Publication,
): Promise<Published> {
  const { sha256 } = facts.digests
  tx.touched.blobs.add(sha256)
  const now = stillJudged(tx, sha256, judged)
  if (now === 'unknown') {
    throw new AppError(
      'blob.integrity_mismatch',
      `The model ${sha256.slice(0, 12)} in the store changed while the import ran`,
      { hint: 'Repeat the import; nothing was replaced.' },
    )
  }
  if (judged.is === now && judged.is !== 'absent' && judged.reading !== null) {
    await tx.recordCopies([judged.reading])
  }
  if (now === 'good') {
    await describe(tx, facts)
    return 'there'
  }
  if (now === 'bad') {
    // Only once the good bytes have the name, they are recorded as good.
    const steps = [...arrivalSteps(tx, facts, arrival), ...recordSteps(tx, facts)]
    const by = { sha256, name: facts.original_filename, source: facts.source, how }
    await replaceBlob(tx, { ...by, steps: [...steps, metaStep(tx, facts)] })
    return 'replaced'
  }
  const about = { before: { path: facts.source }, after: { sha256, how } }
  await tx.act({ op: 'blob.import', ...about }, publishSteps(tx, facts, arrival))
  return 'new'
}

/** Writes the manifest of a blob that has none. @throws disk.* */
async function describe(tx: StoreTx, facts: BlobFacts): Promise<void> {
  const { sha256 } = facts.digests
  if (tx.text(tx.paths.meta(sha256)) !== null) return
  await tx.act({ op: 'blob.describe', after: { sha256 } }, [metaStep(tx, facts)])
}
