/**
 * Folders that replaced an active link: copies in them are removed, everything else is quarantined.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import type { UiName } from '../../../schemas/ids.ts'
import type { CopyReading } from '../../../schemas/records.ts'
import { removeEmptyFolder } from '../../platform/folders.ts'
import type { HashPool } from '../../platform/hash-pool.ts'
import { listBelow } from '../../platform/list-below.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreContext } from '../context.ts'
import { readBack } from '../locations/read-back.ts'
import { storeLocation } from '../locations/store-location.ts'
import { filesBelow } from '../views/read-quarantine.ts'
import { moveToQuarantine } from '../views/quarantine.ts'
import { releaseCopy, type ReadCopy } from './release-copies.ts'

/** Returns folders that were set aside, absolute, with the interface of each. */
export function asideFolders(
  reader: StoreReader,
): { readonly ui: UiName; readonly path: string }[] {
  return reader.uisWithViews().flatMap((ui) => {
    const folder = reader.paths.aside(ui)
    if (!fs.existsSync(folder)) return []
    return fs.readdirSync(folder).map((name) => ({ ui, path: join(folder, name) }))
  })
}

type AsideContext = StoreContext & { readonly pool: HashPool }

/** The content of a folder that was set aside. */
interface AsideFiles {
  /** Copies of blobs, both read; null if the folder holds anything else. */
  readonly copies: readonly ReadCopy[] | null
  /** The results of reading the blobs, to be recorded. */
  readonly readings: readonly CopyReading[]
}

async function readCopies(
  ctx: AsideContext,
  folder: string,
  signal: AbortSignal,
): Promise<AsideFiles> {
  const { reader } = ctx.store
  const copies: ReadCopy[] = []
  const readings: CopyReading[] = []
  const foreign = { copies: null, readings }
  for (const path of filesBelow(folder)) {
    if (!fs.lstatSync(path).isFile()) return foreign
    const copy = await ctx.pool.hash(path, { blake3: false, signal })
    if (!reader.hasBlob(copy.sha256)) return foreign
    const blob = await readBack(storeLocation(ctx), copy.sha256, { signal })
    readings.push(blob.record)
    if (!blob.good) return foreign
    copies.push({ path, copy, blob: blob.digests })
  }
  return { copies, readings }
}

function removeEmptyFolders(folder: string): void {
  for (const entry of listBelow(folder).toReversed()) {
    if (entry.kind === 'folder') removeEmptyFolder(entry.path)
  }
  removeEmptyFolder(folder)
}

/**
 * Compares what was set aside with the store: a folder of copies is removed, file by file; one that
 * holds anything else goes to quarantine as a whole.
 * @throws disk.*, job.cancelled
 */
export async function settleAside(
  ctx: AsideContext,
  actor: string,
  signal: AbortSignal,
): Promise<void> {
  for (const { path } of asideFolders(ctx.store.reader)) {
    const { copies, readings } = await readCopies(ctx, path, signal)
    await ctx.store.transact(actor, async (tx) => {
      await tx.recordCopies(readings)
      for (const copy of copies ?? []) await releaseCopy(tx, copy)
      if (fs.existsSync(path)) removeEmptyFolders(path)
      if (fs.existsSync(path)) await moveToQuarantine(tx, path)
      await tx.completePendingViews()
    })
  }
}
