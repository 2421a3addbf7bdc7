/** Partial files of processes that are gone. */
import { isAppError } from '../../schemas/errors.ts'
import { removeName } from '../platform/disk.ts'
import type { PartialFile } from '../platform/partial-files.ts'
import { findPartials } from './find-partials.ts'
import { PartialOwners } from './partial-owners.ts'
import type { Store } from './store.ts'

const DAY_MS = 86_400_000

/** At once if its process is gone; after a day if its process is not known. */
async function isAbandoned(
  owners: PartialOwners,
  { owner }: PartialFile,
  age_ms: number,
): Promise<boolean> {
  const alive = owner === null ? null : await owners.isAlive(owner)
  return alive === null ? age_ms > DAY_MS : !alive
}

/** Returns those of some partial files that are abandoned. */
export async function abandoned(
  owners: PartialOwners,
  all: readonly PartialFile[],
  ageOf: (file: PartialFile) => number,
): Promise<PartialFile[]> {
  const found: PartialFile[] = []
  for (const file of all) if (await isAbandoned(owners, file, ageOf(file))) found.push(file)
  return found
}

const sinceWritten = ({ modified_ms }: PartialFile) => Date.now() - modified_ms

/**
 * Removes partial files of processes that are gone: a service does so when it starts, an import
 * when it lacks space. Never fails: what cannot be removed is left for `clean`.
 * @returns how many bytes that freed
 */
export async function removeAbandoned(store: Store, actor: string): Promise<number> {
  try {
    const owners = new PartialOwners(store.paths)
    const old = await abandoned(owners, findPartials(store.reader), sinceWritten)
    await store.transactFreeing(actor, async () => {
      for (const { path } of old) await removeName(path)
      await owners.forgetGone()
    })
    return old.reduce((sum, { size_bytes }) => sum + size_bytes, 0)
  } catch {
    return 0
  }
}

/**
 * Runs a check for free space; if it fails, removes abandoned partial files and runs it once more.
 * @throws what the check throws, in the end `disk.full`
 */
export async function withRoom(store: Store, actor: string, check: () => void): Promise<void> {
  try {
    check()
  } catch (error) {
    if (!isAppError(error, 'disk.full')) throw error
    await removeAbandoned(store, actor)
    check()
  }
}
