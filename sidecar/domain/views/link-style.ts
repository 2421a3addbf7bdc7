/** How links are made in this store, as the probe of its volumes found. */
import { dirname, relative } from 'node:path'
import type { ProfileName, Sha256 } from '../../../schemas/ids.ts'
import type { LinkForm } from '../../../schemas/records.ts'
import type { SymlinkType } from '../../platform/disk-calls.ts'
import { ACTIVE_SLOT, type StorePaths } from '../../store/store-paths.ts'

/** How files and folders are linked. */
export interface LinkStyle {
  /** Null where the volume can hold no link to a file at all. */
  readonly file: LinkForm | null
  /** `none`: the active folder itself is changed link by link. */
  readonly folder: SymlinkType | 'none'
  readonly foldCase: boolean
  /** The finest step of a folder's modification time, milliseconds. */
  readonly stampStep: number
}

/**
 * The name under which a profile's view is kept: its own, or, where the volume has no links to
 * folders, that of the one active folder.
 */
export function viewSlot(style: LinkStyle, profile: ProfileName): ProfileName {
  return style.folder === 'none' ? ACTIVE_SLOT : profile
}

/** What makes two paths the same on this volume. */
export function pathFold(style: LinkStyle): (path: string) => string {
  return style.foldCase ? (path) => path.normalize('NFC').toLowerCase() : (path) => path
}

/** What a link at `path` to a blob has as its target; a hard link has none. */
export function targetOf(paths: StorePaths, form: LinkForm, path: string, sha256: Sha256): string {
  const blob = paths.blob(sha256)
  if (form === 'symlink') return relative(dirname(path), blob)
  return form === 'absolute_symlink' ? blob : ''
}
