/** Doctor's checks of the blobs themselves: damaged, changed and writable ones. */
import type { Sha256 } from '../../../schemas/ids.ts'
import type { Integrity, InventoryItem } from '../../../schemas/inventory.ts'
import type { DoctorRequest, Finding } from '../../../schemas/store.ts'
import type { Step } from '../../store/steps.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreContext } from '../context.ts'

const READ_ONLY = 0o444
const WRITE_BITS = 0o222
/** How many modes are restored under one lock, in one entry of the journal. */
const BATCH = 256
/** How many damaged models are reported one by one. */
const MAX_NAMED = 50

/** The dependencies of these checks besides the store. */
export interface BlobCheckContext extends StoreContext {
  /** Models by the state of their bytes; the total includes those beyond `limit`. */
  readonly modelsThatAre: (
    integrity: Integrity,
    limit: number,
  ) => { readonly total: number; readonly items: readonly InventoryItem[] }
  /** Reports whether the volume of the store keeps permission bits. */
  readonly keepsModes: () => boolean
}

interface BlobExamination {
  readonly ctx: BlobCheckContext
  readonly reader: StoreReader
  readonly request: DoctorRequest
}

const about = { repairable: false, repaired: false } as const

/** The finding on a blob of the store, whose id is its digest. */
function damagedFinding(item: InventoryItem): Finding {
  const short = item.id.slice(0, 12)
  return {
    ...about,
    check: 'integrity',
    severity: 'error',
    message:
      `${item.display_name} (${short}) is damaged: its bytes or its size have changed. ` +
      `Import the good file again: it replaces this one. \`synapse inventory verify ${short}\` ` +
      'reads it once more',
    path: `data/blobs/sha256/${item.id.slice(0, 2)}/${item.id}`,
  }
}

/**
 * Reports blobs that are bad, or were written to since they were verified, by records and one
 * `stat` each.
 */
export function checkIntegrity({ ctx }: BlobExamination): Finding[] {
  const bad = ctx.modelsThatAre('bad', MAX_NAMED)
  const changed = ctx.modelsThatAre('changed', 1).total
  const rest = bad.total - bad.items.length
  const note = (severity: Finding['severity'], message: string): Finding => {
    return { ...about, check: 'integrity', severity, message }
  }
  return [
    ...bad.items.map(damagedFinding),
    ...(rest > 0
      ? [note('error', `${String(rest)} more are damaged: synapse inventory --integrity bad`)]
      : []),
    ...(changed > 0
      ? [
          note(
            'warning',
            `Models were written to since they were verified: ${String(changed)}. ` +
              '`synapse inventory verify --changed` reads them',
          ),
        ]
      : []),
  ]
}

/** A writable model, with its permission bits. */
interface Writable {
  readonly sha256: Sha256
  readonly mode: number
}

function writableBlobs(reader: StoreReader): Writable[] {
  return [...reader.blobs()].flatMap((sha256) => {
    const mode = reader.blob(sha256)?.mode ?? 0
    return (mode & WRITE_BITS) === 0 ? [] : [{ sha256, mode }]
  })
}

async function makeReadOnly({ ctx }: BlobExamination, blobs: readonly Writable[]): Promise<void> {
  for (let start = 0; start < blobs.length; start += BATCH) {
    const some = blobs.slice(start, start + BATCH)
    await ctx.store.transact('doctor', async (tx) => {
      const steps = some.map(({ sha256, mode }): Step => {
        const path = tx.paths.relative(tx.paths.blob(sha256))
        return { do: 'mode', path, before: mode, after: READ_ONLY }
      })
      await tx.perform({ op: 'blob.protect', after: { models: some.length } }, steps)
    })
  }
}

/** Reports blobs whose mode allows writing to them; repairing makes them read-only again. */
export async function checkModes(examination: BlobExamination): Promise<Finding[]> {
  const { ctx, reader, request } = examination
  const found = writableBlobs(reader)
  const [first] = found
  if (first === undefined || !ctx.keepsModes()) return []
  if (request.repair) await makeReadOnly(examination, found)
  const left = request.repair ? writableBlobs(reader).length : found.length
  const mode = first.mode.toString(8).padStart(4, '0')
  return [
    {
      check: 'modes',
      severity: 'warning',
      message:
        `Models that a program may overwrite by mistake: ${String(found.length)} ` +
        `(mode ${mode} instead of 0444)`,
      repairable: true,
      repaired: left === 0,
    },
  ]
}
