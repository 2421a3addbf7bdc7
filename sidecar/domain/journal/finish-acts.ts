/** What the next holder of the lock does about acts that a crash left open. */
import type { StoreOptions } from '../../store/store.ts'
import { FILL_OP, finishFill } from '../imports/publisher.ts'
import { REVOKE_OP } from '../inventory/approve-blob.ts'
import { DELETE_OP } from '../inventory/delete-blob.ts'
import { EMPTY_OP, finishEmpty } from '../inventory/trash.ts'
import { followChanges } from '../profiles/follow-changes.ts'
import { SWITCH_OP, finishSwitch } from '../profiles/finish-switch.ts'
import type { LinkStyle } from '../views/link-style.ts'
import { finishWithdrawal } from '../views/withdraw-blob.ts'
import { UNDO_OP, finishUndo } from './undo-act.ts'

/** Acts that are more than their steps, and how views follow the rest. */
export function finishActs(
  linkStyle: () => Promise<LinkStyle>,
): Pick<StoreOptions, 'finish' | 'follow'> {
  return {
    finish: {
      [SWITCH_OP]: async (tx, open) => finishSwitch(tx, await linkStyle(), open),
      [UNDO_OP]: async (tx, open) => finishUndo(tx, await linkStyle(), open),
      [DELETE_OP]: async (tx, open) => finishWithdrawal(tx, await linkStyle(), open),
      [REVOKE_OP]: async (tx, open) => finishWithdrawal(tx, await linkStyle(), open),
      [EMPTY_OP]: finishEmpty,
      [FILL_OP]: finishFill,
    },
    follow: async (tx) => followChanges(tx, await linkStyle()),
  }
}
