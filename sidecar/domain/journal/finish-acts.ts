/** What the next holder of the lock does about acts that a crash left open. */
import { finishRelease } from '../../store/release-files.ts'
import type { StoreOptions } from '../../store/store.ts'
import { finishReplacement } from '../imports/replace-blob.ts'
import { finishFill } from '../imports/finish-fill.ts'
import { finishEmpty } from '../inventory/trash.ts'
import { followChanges } from '../profiles/follow-changes.ts'
import { finishSwitch } from '../profiles/finish-switch.ts'
import type { LinkStyle } from '../views/link-style.ts'
import { finishRelease as finishRelink } from '../views/release-copies.ts'
import { finishWithdrawal } from '../views/withdraw-blob.ts'
import { finishUndo } from './undo-act.ts'

/** Acts that are more than their steps, and how views follow the rest. */
export function finishActs(
  linkStyle: () => Promise<LinkStyle>,
): Pick<StoreOptions, 'finish' | 'follow'> {
  return {
    finish: {
      'profile.switch': async (tx, open) => finishSwitch(tx, await linkStyle(), open),
      'journal.undo': async (tx, open) => finishUndo(tx, await linkStyle(), open),
      'blob.replace': async (tx, open) => finishReplacement(tx, await linkStyle(), open),
      'blob.delete': async (tx, open) => finishWithdrawal(tx, await linkStyle(), open),
      'blob.evict': async (tx, open) => finishWithdrawal(tx, await linkStyle(), open),
      'blob.revoke': async (tx, open) => finishWithdrawal(tx, await linkStyle(), open),
      'view.relink': finishRelink,
      'file.release': finishRelease,
      'trash.empty': finishEmpty,
      'pack.fill': finishFill,
    },
    follow: async (tx) => followChanges(tx, await linkStyle()),
  }
}
