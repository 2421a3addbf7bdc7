/** Removes abandoned partial files and expired trash. */
import type { CleanResult } from '../../../schemas/store.ts'
import type { Clock } from '../../platform/clock.ts'
import { removeName } from '../../platform/disk.ts'
import type { PartialFile } from '../../platform/partial-files.ts'
import { abandoned } from '../../store/abandoned-partials.ts'
import { rememberJump } from '../../store/known-time.ts'
import { listOutside, type OutsideFiles } from '../../store/outside-files.ts'
import { PartialOwners } from '../../store/partial-owners.ts'
import type { StoreContext } from '../context.ts'
import { emptyTrash, expiredEntries } from '../inventory/empty-trash.ts'
import { trashLimit, type TrashLimit } from '../inventory/trash-time.ts'
import { findPartials } from '../../store/find-partials.ts'

const sinceWritten = ({ modified_ms }: PartialFile) => Date.now() - modified_ms

/** Partial copies that undo may have left in folders of the user. */
async function partialsOutside(outside: OutsideFiles, folders: readonly string[]) {
  const found: PartialFile[] = []
  for (const folder of folders) found.push(...(await listOutside(outside, 'partials_in', folder)))
  return found
}

function notesOn(limit: TrashLimit, expired: number, waiting: number): string[] {
  if (expired >= waiting) return []
  const kept = waiting - expired
  const entries =
    kept === 1
      ? '1 entry of the trash that seems to have expired is'
      : `${String(kept)} entries of the trash that seem to have expired are`
  return [
    `The clock has jumped${limit.jumped ? '' : ' less than a day ago'}, so ${entries} kept: ` +
      'run this again in a day, or empty the trash.',
  ]
}

/** The dependencies of cleaning. */
export interface CleanContext extends Pick<StoreContext, 'store'> {
  readonly clock: Clock
  /** Folders of the user in which undo may have left partial copies; none by default. */
  readonly folders?: () => readonly string[]
}

/**
 * Removes abandoned partial files, and trash past its time. After a jump of the clock the trash is
 * kept for one more day.
 * @throws store.not_initialized, store.offline, disk.*
 */
export async function cleanStore(
  ctx: CleanContext,
  actor: string,
  { dry_run }: { readonly dry_run: boolean },
): Promise<CleanResult> {
  const { paths, reader, outside } = ctx.store
  reader.requireInitialized()
  const now = ctx.clock.now()
  const owners = new PartialOwners(paths)
  const all = findPartials(reader)
  const old = await abandoned(owners, all, sinceWritten)
  const allOutside = await partialsOutside(outside, ctx.folders?.() ?? [])
  // A copy made by undo has the original's mtime before it has its name.
  const oldOutside = await abandoned(owners, allOutside, (file) => now - file.changed_ms)
  const limit = trashLimit(reader, now)
  const expired = expiredEntries(reader, limit.until)
  if (!dry_run) {
    await ctx.store.transactFreeing(actor, async () => {
      for (const { path } of old) await removeName(path)
      await owners.forgetGone()
      if (limit.jumped) await rememberJump(paths, now)
    })
    for (const { path } of oldOutside) await outside.call(path, 'remove_name', path)
    if (expired.length > 0) await emptyTrash(ctx, actor, { expiredBefore: limit.until })
  }
  return {
    dry_run,
    removed: [...old, ...oldOutside].map(({ path, size_bytes }) => ({
      path: paths.relativeOrAbsolute(path),
      size_bytes,
    })),
    kept: all.length - old.length + allOutside.length - oldOutside.length,
    bytes_freed: [...old, ...oldOutside, ...expired].reduce((sum, one) => sum + one.size_bytes, 0),
    trash_expired: expired.length,
    notes: notesOn(limit, expired.length, expiredEntries(reader, now).length),
  }
}
