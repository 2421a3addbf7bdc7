/** The folders of a store. */
import { ensureFolder } from '../platform/folders.ts'
import type { StorePaths } from './store-paths.ts'

/**
 * Makes the folders that a store needs and that are missing. Needs the lock.
 * @throws disk.*
 */
export async function ensureStoreFolders(paths: StorePaths): Promise<void> {
  const wanted = [paths.packs, paths.profiles, paths.blobs, paths.views]
  for (const folder of [...wanted, paths.temporary, paths.jobs]) await ensureFolder(folder)
}
