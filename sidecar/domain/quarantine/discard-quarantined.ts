/** Discards an entry of quarantine: each file goes to the trash under its digest. */
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { AppError } from '../../../schemas/errors.ts'
import { documentText } from '../../../schemas/json.ts'
import type { QuarantineDiscard, QuarantineDiscarded } from '../../../schemas/quarantine.ts'
import { removeName } from '../../platform/disk.ts'
import { removeEmptyFolder } from '../../platform/folders.ts'
import { assertUnchanged, seenFile } from '../../platform/file-identity.ts'
import type { Digests, HashPool } from '../../platform/hash-pool.ts'
import { listBelow } from '../../platform/list-below.ts'
import type { Step } from '../../store/steps.ts'
import { trashFolder } from '../../store/blobs-volume.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { StoreContext } from '../context.ts'
import {
  contentOf,
  filesBelow,
  originFileOf,
  requireEntry,
  type QuarantineId,
} from '../views/read-quarantine.ts'

const DAY_MS = 86_400_000
const CONFIRM_AT_LEAST = 12

interface ReadFile {
  readonly path: string
  /** Null for a link, which has no bytes. */
  readonly digests: Digests | null
}

/** A regular file. */
interface FileWithBytes {
  readonly path: string
  readonly digests: Digests
}

async function readFiles(
  ctx: StoreContext & { readonly pool: HashPool },
  id: string,
): Promise<ReadFile[]> {
  const files = contentOf(ctx.store.reader, id).flatMap(filesBelow)
  const read: ReadFile[] = []
  for (const path of files) {
    const isFile = fs.lstatSync(path).isFile()
    read.push({ path, digests: isFile ? await ctx.pool.hash(path, { blake3: false }) : null })
  }
  return read
}

/** Digests of which the store holds no other copy. */
function lastCopies(reader: StoreReader, files: readonly ReadFile[]): string[] {
  const digests = files.flatMap(({ digests: read }) => {
    const isHere = read === null || reader.blob(read.sha256)?.size_bytes === read.size_bytes
    return isHere ? [] : [read.sha256]
  })
  return [...new Set(digests)]
}

/** @throws blob.last_copy */
function assertConfirmed(last: readonly string[], confirmed: string): void {
  const named = confirmed.split(',').filter((one) => one.length >= CONFIRM_AT_LEAST)
  const left = last.filter((sha256) => !named.some((one) => sha256.startsWith(one)))
  if (left.length === 0) return
  const short = left.map((sha256) => sha256.slice(0, CONFIRM_AT_LEAST))
  throw new AppError('blob.last_copy', 'No other copy of this is known', {
    hint: `Confirm it by its digest: ${short.join(',')}`,
    details: { reason: 'last_copy', sha256: left },
  })
}

function trashSteps(tx: StoreTx, folder: string, { path, digests }: FileWithBytes): Step[] {
  const entry = {
    schema: 'synapse.trash_entry.v1',
    sha256: digests.sha256,
    display_name: basename(path),
    size_bytes: digests.size_bytes,
    deleted_at: tx.timestamp(),
    expires_at: new Date(tx.now() + tx.config().trash.days * DAY_MS).toISOString(),
  }
  const relative = (one: string) => tx.paths.relative(one)
  const text = documentText(entry)
  const to = relative(join(folder, 'blob'))
  return [
    { do: 'write', path: relative(join(folder, 'entry.json')), before: null, after: text },
    { do: 'move', from: relative(path), to, seen: seenFile(digests) },
  ]
}

async function discardFile(
  tx: StoreTx,
  { path, digests }: ReadFile,
  confirmed: string,
): Promise<void> {
  const from = tx.paths.relative(path)
  if (digests === null) {
    const target = fs.readlinkSync(path)
    await tx.perform({ op: 'quarantine.discard', before: { path: from }, after: { target } }, [
      { do: 'unlink_symbolic', path: from, target },
    ])
    return
  }
  assertUnchanged(path, seenFile(digests))
  const id = tx.newId()
  const { sha256 } = digests
  const about = { before: { path: from, sha256 }, after: { confirmed_last_copy: confirmed } }
  const folder = join(trashFolder(tx.paths), id)
  await tx.perform(
    { op: 'quarantine.discard', id, ...about },
    trashSteps(tx, folder, { path, digests }),
  )
}

/** Removes records and folders that are no longer needed. */
async function tidy(tx: StoreTx, id: string): Promise<void> {
  const folder = join(tx.paths.quarantine, id)
  const content = contentOf(tx, id)
  for (const path of content) {
    if (fs.lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) continue
    for (const entry of listBelow(path).toReversed()) {
      if (entry.kind === 'folder') removeEmptyFolder(entry.path)
    }
    removeEmptyFolder(path)
  }
  if (contentOf(tx, id).some((path) => path !== folder && fs.existsSync(path))) return
  const record = originFileOf(tx, id)
  if (record !== null) await removeName(record)
  if (fs.existsSync(folder) && dirname(folder) === tx.paths.quarantine) removeEmptyFolder(folder)
}

/**
 * Moves an entry to the trash, from where it can be restored into the store until it expires.
 * @throws quarantine.not_found
 * @throws blob.last_copy where bytes exist nowhere else and their digest is not confirmed
 * @throws import.source_changed where another program wrote to it meanwhile; disk.*
 */
export async function discardQuarantined(
  ctx: StoreContext & { readonly pool: HashPool },
  actor: string,
  { id, confirm_last_copy: confirmed, dry_run }: QuarantineDiscard & QuarantineId,
): Promise<QuarantineDiscarded> {
  const { reader } = ctx.store
  reader.requireInitialized()
  const entry = requireEntry(reader, id)
  const files = await readFiles(ctx, id)
  assertConfirmed(lastCopies(reader, files), confirmed)
  const done = { dry_run, id, files: entry.files, size_bytes: entry.size_bytes }
  if (dry_run) return done
  await ctx.store.transactFreeing(actor, async (tx) => {
    requireEntry(tx, id)
    assertConfirmed(lastCopies(tx, files), confirmed)
    for (const file of files) await discardFile(tx, file, confirmed)
    await tidy(tx, id)
  })
  return done
}
