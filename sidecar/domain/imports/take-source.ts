/** Reading and copying a file where its calls may hang without harm. */
import { join } from 'node:path'
import type { ImportRequest } from '../../../schemas/imports.ts'
import { ensureFolder, removeName } from '../../platform/disk.ts'
import { partialName } from '../../platform/temporary-names.ts'
import { waitingFolder } from '../../store/blobs-volume.ts'
import type { FoundFile } from './find-files.ts'
import type { FindContext } from './find-sources.ts'
import { takeFile, type ImportContext, type TakeOptions, type Taken } from './take-file.ts'

/**
 * As {@link takeFile}; a file of a place that is not the store's is read by the child process of
 * that place, which writes the copy as well.
 * @throws as {@link takeFile}, path.offline
 */
export async function takeSource(
  ctx: ImportContext & FindContext,
  file: FoundFile,
  request: ImportRequest,
  { signal, onBytes }: TakeOptions,
): Promise<Taken> {
  if (file.place === undefined) return takeFile(ctx, file, request, { signal, onBytes })
  const { paths } = ctx.store
  await ensureFolder(waitingFolder(paths))
  // The copy is this process's: the child that writes it may be given up, or end before it is published.
  await ctx.store.ownPartials()
  const temporary = join(waitingFolder(paths), partialName())
  const onProgress = (done: unknown) => {
    if (typeof done === 'number') onBytes(done)
  }
  const input = { root: paths.root, file, request, temporary }
  try {
    return (await ctx.places.ask(file.place, 'take', input, { signal, onProgress })) as Taken
  } catch (error) {
    await removeName(temporary, false)
    throw error
  }
}
