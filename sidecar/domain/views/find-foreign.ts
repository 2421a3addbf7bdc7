/** Model files that others put into views. */
import { join } from 'node:path'
import { isAppError } from '../../../schemas/errors.ts'
import { identityAt } from '../../platform/file-identity.ts'
import { ACTIVE_SLOT } from '../../store/store-paths.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { ForeignSorter } from './foreign-sorter.ts'
import { builtView, planView, type ViewPlan } from './plan-view.ts'
import type { ScanMode } from './scanned-view.ts'
import type { UnmanagedFile } from './unmanaged-file.ts'
import { viewName, type ViewAddress } from './view-address.ts'
import { followsGlobal, listViews, type ListedView } from './list-views.ts'

/** Returns a view as it stands and should be; as it was built where no plan can be made. */
export function lookAtView(
  reader: StoreReader,
  { ui, profile }: ViewAddress,
  depth: ScanMode = 'full',
): ViewPlan | null {
  const question = { ui, profile, depth } as const
  try {
    return planView(reader, question)
  } catch (error) {
    if (!isAppError(error)) throw error
    return builtView(reader, question)
  }
}

/** What may be imported of a view, and the paths of all foreign files there. */
interface UnmanagedOfView {
  readonly unmanaged: readonly UnmanagedFile[]
  readonly paths: readonly string[]
}

function unmanagedIn(reader: StoreReader, listed: ListedView, depth: ScanMode): UnmanagedOfView {
  const view = lookAtView(reader, listed, depth)
  if (view === null) return { unmanaged: [], paths: [] }
  const mayJoin = !listed.shown || followsGlobal(reader, listed.ui)
  const { unmanaged, staying } = new ForeignSorter(reader, listed, view).sort()
  const root = reader.paths.view(listed.ui, reader.viewSlot(listed.ui, listed.profile))
  return {
    unmanaged: unmanaged.filter(
      (file) => mayJoin || file.copyOf !== null || file.insteadOf !== null,
    ),
    paths: [...unmanaged.map(({ path }) => path), ...staying.map(({ path }) => join(root, path))],
  }
}

/** Which views are looked at for unmanaged files, and how closely. */
export interface UnmanagedQuery {
  /** `<interface>/<profile>` of each view; all where it is left out. */
  readonly views?: readonly string[] | undefined
  readonly depth?: ScanMode
}

/**
 * Finds model files of others in views: those that took the place of a link, those in views that
 * nobody looks at now, and new ones wherever adopting them keeps them in sight. Pickle files stay as
 * they are: a link to one would have to wait for an approval. So do parts of folder models, which
 * cannot be loaded without what is beside them.
 */
export function findUnmanagedFiles(
  reader: StoreReader,
  { views, depth = 'full' }: UnmanagedQuery = {},
): UnmanagedFile[] {
  const found = listViews(reader)
    .filter((listed) => listed.profile !== ACTIVE_SLOT)
    .filter((listed) => views === undefined || views.includes(viewName(listed)))
    .map((listed) => unmanagedIn(reader, listed, depth))
  return withNames(
    found.flatMap(({ unmanaged }) => unmanaged),
    found.flatMap(({ paths }) => paths),
  )
}

/** A hard link that outlived its blob has a name in each view. */
function withNames(unmanaged: readonly UnmanagedFile[], paths: readonly string[]): UnmanagedFile[] {
  if (unmanaged.length === 0) return []
  const counts = new Map<string, number>()
  for (const key of paths.map(fileKey)) counts.set(key, (counts.get(key) ?? 0) + 1)
  return unmanaged.map((file) =>
    file.copyOf === null ? file : { ...file, names: counts.get(fileKey(file.path)) ?? 1 },
  )
}

/** What is the same for all names of one file. */
function fileKey(path: string): string {
  const identity = identityAt(path)
  return identity === null ? path : `${String(identity.dev)}:${String(identity.ino)}`
}
