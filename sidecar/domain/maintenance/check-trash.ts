/** Doctor's check of the trash. */
import type { Finding } from '../../../schemas/store.ts'
import { damagedEntries } from '../inventory/trash-entries.ts'
import type { Examination } from './examination.ts'
import { finding } from './finding.ts'

/** Lists entries of the trash whose records are damaged or gone. */
export function checkTrash({ reader }: Examination): Finding[] {
  return damagedEntries(reader).map(({ id, display_name }) =>
    finding('trash', 'warning', {
      message: `The record of ${display_name} in the trash cannot be read; it stays until you restore it (synapse trash restore ${id}) or empty the trash`,
      path: reader.paths.relative(reader.trashEntryFolder(id)),
    }),
  )
}
