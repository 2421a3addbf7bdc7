/** Every kind of operation in the journal. */
import type { StoreOptions } from '../../../store/store.ts'
import { currentName, type OperationName } from '../../../store/operation-names.ts'
import { syncActiveViews } from '../../profiles/sync-views.ts'
import type { KindOf, OperationKind } from './operation.ts'
import { BLOB_APPROVE } from './blob-approve.ts'
import { BLOB_DELETE } from './blob-delete.ts'
import { BLOB_DESCRIBE } from './blob-describe.ts'
import { BLOB_EVICT } from './blob-evict.ts'
import { BLOB_IMPORT } from './blob-import.ts'
import { BLOB_PROTECT } from './blob-protect.ts'
import { BLOB_REPLACE } from './blob-replace.ts'
import { BLOB_REVOKE } from './blob-revoke.ts'
import { CONFIG_EDIT } from './config-edit.ts'
import { FILE_RELEASE } from './file-release.ts'
import { IMPORT_UNLINK } from './import-unlink.ts'
import { JOURNAL_UNDO } from './journal-undo.ts'
import { PACK_CREATE } from './pack-create.ts'
import { PACK_DELETE } from './pack-delete.ts'
import { PACK_EDIT } from './pack-edit.ts'
import { PACK_ADD_FILES } from './pack-add-files.ts'
import { PACK_RENAME } from './pack-rename.ts'
import { PACK_RESOLVE } from './pack-resolve.ts'
import { PACK_RESTORE } from './pack-restore.ts'
import { PROFILE_CREATE } from './profile-create.ts'
import { PROFILE_DELETE } from './profile-delete.ts'
import { PROFILE_EDIT } from './profile-edit.ts'
import { PROFILE_RENAME } from './profile-rename.ts'
import { PROFILE_DERIVE } from './profile-derive.ts'
import { PROFILE_SWITCH } from './profile-switch.ts'
import { QUARANTINE_DISCARD } from './quarantine-discard.ts'
import { QUARANTINE_RESTORE } from './quarantine-restore.ts'
import { TRASH_EMPTY } from './trash-empty.ts'
import { TRASH_RESTORE } from './trash-restore.ts'
import { VIEW_ADOPT } from './view-adopt.ts'
import { VIEW_FOLLOW } from './view-follow.ts'
import { VIEW_QUARANTINE } from './view-quarantine.ts'
import { VIEW_RELINK } from './view-relink.ts'
import { VIEW_RESTORE_LINKS } from './view-restore-links.ts'
import { VIEW_SET_ASIDE } from './view-set-aside.ts'

const KINDS: Readonly<Record<OperationName, OperationKind>> = {
  'blob.approve': BLOB_APPROVE,
  'blob.delete': BLOB_DELETE,
  'blob.describe': BLOB_DESCRIBE,
  'blob.evict': BLOB_EVICT,
  'blob.import': BLOB_IMPORT,
  'blob.protect': BLOB_PROTECT,
  'blob.replace': BLOB_REPLACE,
  'blob.revoke': BLOB_REVOKE,
  'config.edit': CONFIG_EDIT,
  'file.release': FILE_RELEASE,
  'import.unlink': IMPORT_UNLINK,
  'journal.undo': JOURNAL_UNDO,
  'pack.create': PACK_CREATE,
  'pack.delete': PACK_DELETE,
  'pack.edit': PACK_EDIT,
  'pack.add_files': PACK_ADD_FILES,
  'pack.rename': PACK_RENAME,
  'pack.resolve': PACK_RESOLVE,
  'pack.restore': PACK_RESTORE,
  'profile.create': PROFILE_CREATE,
  'profile.edit': PROFILE_EDIT,
  'profile.rename': PROFILE_RENAME,
  'profile.delete': PROFILE_DELETE,
  'profile.derive': PROFILE_DERIVE,
  'profile.switch': PROFILE_SWITCH,
  'quarantine.discard': QUARANTINE_DISCARD,
  'quarantine.restore': QUARANTINE_RESTORE,
  'trash.empty': TRASH_EMPTY,
  'trash.restore': TRASH_RESTORE,
  'view.adopt': VIEW_ADOPT,
  'view.follow': VIEW_FOLLOW,
  'view.quarantine': VIEW_QUARANTINE,
  'view.relink': VIEW_RELINK,
  'view.restore_links': VIEW_RESTORE_LINKS,
  'view.set_aside': VIEW_SET_ASIDE,
}

/** All kinds, in no order. */
export const OPERATION_KINDS: readonly OperationKind[] = Object.values(KINDS)

/** Finds the kind of an operation by its name, including names from earlier versions. */
export const kindOf: KindOf = (op) => {
  const name = currentName(op)
  return Object.hasOwn(KINDS, name) ? KINDS[name as OperationName] : undefined
}

type Finish = StoreOptions['finish']

function finishes(): Finish {
  const own = OPERATION_KINDS.flatMap(({ op, finish }) =>
    finish === undefined
      ? []
      : [
          [op, (tx, open) => finish(tx, open, kindOf)] satisfies [
            OperationName,
            Finish[OperationName],
          ],
        ],
  )
  return Object.fromEntries(own)
}

/** How the next holder of the lock recovers interrupted operations. */
export const RECOVERY: Pick<StoreOptions, 'finish' | 'syncViews'> = {
  finish: finishes(),
  syncViews: (tx) => syncActiveViews(tx),
}
