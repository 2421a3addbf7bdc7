/** Removing partial files that nobody owns any more, and trash that has expired. */
import fs from 'node:fs'
import { join } from 'node:path'
import type { CleanResult } from '../../../schemas/store.ts'
import { isTemporaryName, removeName } from '../../platform/disk.ts'
import type { StorePaths } from '../../store/store-paths.ts'
import type { StoreContext } from '../context.ts'
import { emptyTrash, trashEntries } from '../inventory/trash.ts'

const DAY_MS = 86_400_000

interface Partial {
  readonly path: string
  readonly size_bytes: number
  readonly modified_ms: number
}

function entriesIn(folder: string): fs.Dirent[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder, { withFileTypes: true }) : []
}

function partialsIn(folder: string, isPartial: (name: string) => boolean): Partial[] {
  return entriesIn(folder)
    .filter((entry) => entry.isFile() && isPartial(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      const stat = fs.lstatSync(path, { throwIfNoEntry: false })
      return stat === undefined ? [] : [{ path, size_bytes: stat.size, modified_ms: stat.mtimeMs }]
    })
}

const endsAsPartial = (name: string) => name.endsWith('.part') || isTemporaryName(name)

/** Every partial file of ours and of the Python program's, wherever they are made. */
function allPartials(paths: StorePaths): Partial[] {
  const shards = entriesIn(paths.blobs).map((entry) => join(paths.blobs, entry.name))
  const documents = [paths.packs, paths.profiles].flatMap((folder) =>
    entriesIn(folder).map((entry) => join(folder, entry.name)),
  )
  const kept = [paths.links, paths.trash, paths.blobsTrash, paths.quarantine].flatMap((folder) =>
    entriesIn(folder).map((entry) => join(folder, entry.name)),
  )
  const data = [paths.data, paths.ledger, paths.blobsTemporary]
  const folders = [paths.state, ...data, ...documents, ...kept, ...shards]
  const loose = folders.flatMap((folder) => partialsIn(folder, endsAsPartial))
  const made = (name: string) => endsAsPartial(name) || name.startsWith('download_')
  return [...partialsIn(paths.temporary, made), ...loose]
}

/**
 * Removes partial files that have not been written to for a day, and trash past its time.
 * @throws store.not_initialized, disk.*
 */
export async function cleanStore(
  ctx: StoreContext,
  actor: string,
  dryRun: boolean,
): Promise<CleanResult> {
  const { paths, reader } = ctx.store
  reader.requireInitialized()
  const now = Date.now()
  const all = allPartials(paths)
  const old = all.filter((partial) => now - partial.modified_ms > DAY_MS)
  const removed = old.map(({ path, size_bytes }) => ({ path: paths.place(path), size_bytes }))
  const expired = trashEntries(reader).filter((entry) => Date.parse(entry.expires_at) <= now)
  const bytes = [...old, ...expired].reduce((sum, one) => sum + one.size_bytes, 0)
  if (!dryRun) {
    await ctx.store.transactFreeing(actor, async () => {
      for (const partial of old) await removeName(partial.path)
    })
    if (expired.length > 0) await emptyTrash(ctx, actor, 'expired')
  }
  return {
    dry_run: dryRun,
    removed,
    kept: all.length - old.length,
    bytes_freed: bytes,
    trash_expired: expired.length,
  }
}
