/** Doctor's check of operations that began in the store that this one is a copy of. */
import type { DoctorRequest, Finding } from '../../../schemas/store.ts'
import { outsidePaths } from '../../store/bound-operations.ts'
import type { JournalOperation } from '../../store/journal.ts'
import type { Store } from '../../store/store.ts'

function findingOf(store: Store, open: JournalOperation): Finding {
  const { id, op, at } = open.begin
  const [path = ''] = outsidePaths(store.paths, open)
  const message =
    `${op} of ${at} began in another copy of this store and names ${path}, which is left as it is. ` +
    `To finish it: synapse doctor --finish ${id}. To put the file back: synapse doctor --put-back ${id}`
  return { check: 'copied', severity: 'warning', message, repairable: false, repaired: false }
}

/**
 * Settles the operations that the user decided on, and reports the others.
 * @throws journal.not_found where a named one is not open; disk.*
 */
export async function checkElsewhere(
  store: Store,
  { finish, put_back }: Pick<DoctorRequest, 'finish' | 'put_back'>,
): Promise<Finding[]> {
  for (const id of finish) await store.settleElsewhere('doctor', id, 'finish')
  for (const id of put_back) await store.settleElsewhere('doctor', id, 'put_back')
  return store.reader.openElsewhere().map((open) => findingOf(store, open))
}
