/** The names of operations in the journal. */

/**
 * The name of an operation that this version writes; journals of newer versions may hold others.
 */
export type OperationName =
  | 'blob.import'
  | 'blob.describe'
  | 'blob.delete'
  | 'blob.evict'
  | 'import.unlink'
  | 'blob.approve'
  | 'blob.revoke'
  | 'blob.replace'
  | 'blob.protect'
  | 'trash.restore'
  | 'trash.empty'
  | 'file.release'
  | 'pack.create'
  | 'pack.edit'
  | 'pack.rename'
  | 'pack.resolve'
  | 'pack.add_files'
  | 'pack.delete'
  | 'pack.restore'
  | 'profile.create'
  | 'profile.edit'
  | 'profile.rename'
  | 'profile.delete'
  | 'profile.derive'
  | 'profile.switch'
  | 'view.follow'
  | 'view.quarantine'
  | 'view.set_aside'
  | 'view.adopt'
  | 'view.relink'
  | 'view.restore_links'
  | 'quarantine.restore'
  | 'quarantine.discard'
  | 'config.edit'
  | 'journal.undo'

/** Names that earlier versions wrote; they are always understood. */
const FORMER: ReadonlyMap<string, OperationName> = new Map([['pack.fill', 'pack.add_files']])

/** Returns the current name of an operation; names from newer versions are returned unchanged. */
export function currentName(op: string): string {
  return FORMER.get(op) ?? op
}
