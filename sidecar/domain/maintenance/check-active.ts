/** Doctor's check that each interface shows the top of its stack. */
import fs from 'node:fs'
import type { UiName } from '../../../schemas/ids.ts'
import type { Finding } from '../../../schemas/store.ts'
import { activateTop } from '../profiles/activate-top.ts'
import { uiNames } from '../views/ui-layout.ts'
import type { Examination } from './examination.ts'
import { finding } from './finding.ts'

/**
 * Lists interfaces that do not show the top of their stack (invariant 1); repairs them on request.
 */
export async function checkActive(examination: Examination): Promise<Finding[]> {
  const { reader } = examination
  const found: Finding[] = []
  const switched = uiNames(reader.config()).filter((ui) => reader.linkStyle(ui).folder !== 'none')
  for (const ui of switched) {
    const top = reader.stack(ui).at(-1)
    const shown = reader.activeProfile(ui)
    const taken = fs.lstatSync(reader.paths.active(ui), { throwIfNoEntry: false })
    if (shown === top || (shown === null && taken === undefined)) continue
    const isLink = taken?.isSymbolicLink() === true
    const message = isLink
      ? `${ui} shows ${shown ?? 'no profile'}, but its stack says ${top ?? ''}`
      : `${reader.paths.relative(reader.paths.active(ui))} is not a link`
    const one = finding('active', 'error', { message, repairable: true })
    found.push(await repairUi(examination, ui, one))
  }
  return found
}

async function repairUi(
  { ctx, request }: Examination,
  ui: UiName,
  found: Finding,
): Promise<Finding> {
  if (!(request.repair || request.rebuild_views)) return found
  try {
    await ctx.store.transact('doctor', async (tx) => {
      await activateTop(tx, ui, 'full')
      await tx.completePendingViews()
    })
    return { ...found, repaired: true }
  } catch (error) {
    return { ...found, message: `${found.message} (not repaired: ${String(error)})` }
  }
}
