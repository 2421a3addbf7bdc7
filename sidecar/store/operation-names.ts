/** What operations are called in the journal. */

/** The name of an operation that we write; journals of the future may bear others. */
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

/** Names that former versions wrote; they are understood for ever. */
const FORMER: ReadonlyMap<string, OperationName> = new Map([['pack.fill', 'pack.add_files']])

/** Returns what an operation is called now; names of the future stay as they are. */
export function currentName(op: string): string {
  return FORMER.get(op) ?? op
}
