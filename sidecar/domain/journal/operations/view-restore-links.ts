import type { ReturnedLink } from '../../../../schemas/view-files.ts'
import { outCommand } from '../../packs/out-command.ts'
import { FOLLOWS, type Facts, type OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** Returns a hint about the first link, with the command that removes it. */
function summary(_before: Facts, after: Facts): string {
  const { links = [], total } = after as { links?: readonly ReturnedLink[]; total?: number }
  const [first] = links
  const view = `${text(after, 'ui')}/${text(after, 'profile')}`
  if (first === undefined) return `Restored links of the view ${view}`
  const more = (total ?? links.length) - 1
  const others = more > 0 ? ` and ${String(more)} more` : ''
  const how = first.renamed_to === undefined ? 'removed' : `renamed to ${first.renamed_to}`
  const command = outCommand(first)
  return (
    `Restored ${first.path}${others} of the view ${view}, which had been ${how}: ` +
    `the pack ${first.pack} shows it (to take it out: ${command})`
  )
}

/** `view.restore_links` */
export const VIEW_RESTORE_LINKS: OperationKind = {
  op: 'view.restore_links',
  summary,
  undo: FOLLOWS,
  panel: true,
}
