/** Giving proven bytes their name in the store, with manifest, digests and proof. */
import { AppError } from '../../../schemas/errors.ts'
import { documentText, lineText } from '../../../schemas/json.ts'
import { diskKind } from '../../../schemas/kinds.ts'
import { seenFile } from '../../platform/file-identity.ts'
import type { Digests } from '../../platform/hash-pool.ts'
import type { Step } from '../../store/act.ts'
import type { StoreTx } from '../../store/store-tx.ts'

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
  const proof = { sha256, location: 'local', good: true, how: 'published', at }
  return [
    { do: 'line', path: tx.paths.place(tx.paths.digests), text: lineText(digests) },
    { do: 'line', path: tx.paths.place(tx.paths.proofs), text: lineText(proof) },
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

/**
 * Publishes a blob. Where it is here already, only a missing manifest is added and the bytes that
 * arrived stay where they are.
 * @returns false where the blob was here already
 * @throws disk.*
 */
export async function publishBlob(
  tx: StoreTx,
  facts: BlobFacts,
  arrival: Arrival,
  how: string,
): Promise<boolean> {
  const { sha256 } = facts.digests
  tx.touched.blobs.add(sha256)
  const there = tx.blob(sha256)
  if (there !== null && there.size_bytes !== facts.size_bytes) {
    throw new AppError(
      'blob.integrity_mismatch',
      `The model ${sha256.slice(0, 12)} in the store has another size than the same digest says`,
      { hint: 'Run `synapse inventory verify`; nothing was replaced.' },
    )
  }
  if (there !== null) {
    if (tx.text(tx.paths.meta(sha256)) === null) {
      await tx.act({ op: 'blob.describe', after: { sha256 } }, [metaStep(tx, facts)])
    }
    return false
  }
  const about = { before: { path: facts.source }, after: { sha256, how } }
  await tx.act({ op: 'blob.import', ...about }, publishSteps(tx, facts, arrival))
  return true
}
