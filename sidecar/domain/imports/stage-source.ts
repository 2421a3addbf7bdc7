/** Stages a file where its bytes can be read: here, or in the process of its mount, which may hang. */
import { join } from 'node:path'
import { removeName } from '../../platform/disk.ts'
import { ensureFolder } from '../../platform/folders.ts'
import { partialName } from '../../platform/temporary-names.ts'
import { stagingFolder } from '../../store/blobs-volume.ts'
import type { FindContext } from './search-mounts.ts'
import {
  stageImport,
  type ImportContext,
  type StagedImport,
  type StagingTask,
} from './stage-import.ts'

/**
 * Stages as {@link stageImport} does; a file outside the store is read, and its copy written, by the
 * child process of its mount.
 * @throws as {@link stageImport}, path.offline
 */
export async function stageSource(
  ctx: ImportContext & FindContext,
  task: StagingTask,
): Promise<StagedImport> {
  const { file, request, options } = task
  if (file.mount === undefined) return stageImport(ctx, task)
  const { signal, onBytes } = options
  const { paths } = ctx.store
  await ensureFolder(stagingFolder(paths))
  // The copy belongs to this process: the child that writes it may be abandoned, or end before it
  // is published.
  await ctx.store.ownPartials()
  const temporary = join(stagingFolder(paths), partialName())
  const onProgress = (done: unknown) => {
    if (typeof done === 'number') onBytes(done)
  }
  const asked = { name: 'stage', input: { root: paths.root, file, request, temporary } }
  try {
    return (await ctx.mounts.ask(file.mount, asked, {
      signal,
      onProgress,
    })) as StagedImport
  } catch (error) {
    await removeName(temporary, false)
    throw error
  }
}
