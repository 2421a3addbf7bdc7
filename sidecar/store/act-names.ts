/** What acts are called in the journal. */

/** The name of an act that we write; journals of the future may bear others. */
export type ActName =
  | 'blob.import'
  | 'blob.describe'
  | 'blob.delete'
  | 'blob.approve'
  | 'blob.revoke'
  | 'trash.restore'
  | 'trash.empty'
  | 'pack.create'
  | 'pack.edit'
  | 'pack.rename'
  | 'pack.resolve'
  | 'pack.fill'
  | 'pack.delete'
  | 'pack.restore'
  | 'profile.derive'
  | 'profile.switch'
  | 'view.follow'
  | 'view.quarantine'
  | 'config.edit'
  | 'journal.undo'
