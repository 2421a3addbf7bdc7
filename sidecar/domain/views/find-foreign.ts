/** Finds model files that other programs put into views. */
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

/** Returns the plan of a view; if none can be made, the view as it was built. */
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

/** The importable files of a view, and the paths of all its foreign files. */
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

/** Which views are searched for unmanaged files, and how closely. */
export interface UnmanagedQuery {
  /** `<interface>/<profile>` of each view; all by default. */
  readonly views?: readonly string[] | undefined
  readonly depth?: ScanMode
}

/**
 * Finds unmanaged model files in views: those that replaced a link, those in inactive views, and
 * new ones if they stay visible after their adoption. Pickle files are left alone, since a link to
 * one would need an approval; so are parts of folder models, which cannot be loaded without the
 * files beside them.
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

/** Counts the names of a hard link that outlived its blob: it has one in each view. */
function withNames(unmanaged: readonly UnmanagedFile[], paths: readonly string[]): UnmanagedFile[] {
  if (unmanaged.length === 0) return []
  const counts = new Map<string, number>()
  for (const key of paths.map(fileKey)) counts.set(key, (counts.get(key) ?? 0) + 1)
  return unmanaged.map((file) =>
    file.copyOf === null ? file : { ...file, names: counts.get(fileKey(file.path)) ?? 1 },
  )
}

/** A key that all names of one file share. */
function fileKey(path: string): string {
  const identity = identityAt(path)
  return identity === null ? path : `${String(identity.dev)}:${String(identity.ino)}`
}
