/** What the next holder of the lock does about acts that a crash left open. */
import { finishRelease } from '../../store/release-files.ts'
import type { StoreOptions } from '../../store/store.ts'
import { finishReplacement } from '../imports/replace-blob.ts'
import { finishFill } from '../imports/finish-fill.ts'
import { finishEmpty } from '../inventory/trash.ts'
import { followChanges } from '../profiles/follow-changes.ts'
import { finishSwitch } from '../profiles/finish-switch.ts'
import { finishRelease as finishRelink } from '../imports/release-copies.ts'
import { finishWithdrawal } from '../views/withdraw-blob.ts'
import { finishUndo } from './undo-act.ts'

/** Acts that are more than their steps, and how views follow the rest. */
export const FINISH_ACTS: Pick<StoreOptions, 'finish' | 'follow'> = {
  finish: {
    'profile.switch': finishSwitch,
    'journal.undo': finishUndo,
    'blob.replace': finishReplacement,
    'blob.delete': finishWithdrawal,
    'blob.evict': finishWithdrawal,
    'blob.revoke': finishWithdrawal,
    'view.relink': finishRelink,
    'file.release': finishRelease,
    'trash.empty': finishEmpty,
    'pack.fill': finishFill,
  },
  follow: (tx) => followChanges(tx),
}
