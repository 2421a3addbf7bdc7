/**
 * Doctor's check of the parts of a store: which are offline, and whether `state/` is the known one.
 */
import type { Finding } from '../../../schemas/store.ts'
import { readStateId, rememberState } from '../../store/store-identity.ts'
import { offlineText } from '../../store/offline-errors.ts'
import type { Store } from '../../store/store.ts'

async function adoptState(store: Store): Promise<void> {
  await store.transact('doctor', async (tx) => {
    const state = readStateId(tx.paths)
    if (state !== null) await rememberState(tx.paths, state)
  })
}

/**
 * Reports parts that are offline, and a `state/` other than the known one; with `repair` that
 * becomes the known one.
 * @throws disk.*
 */
export async function checkParts(store: Store, repair: boolean): Promise<Finding[]> {
  const { offline, otherState } = store.reader.parts.look()
  const found = offline.map((part): Finding => {
    const message = `${offlineText(part)}; nothing is written until it is back`
    return { check: 'parts', severity: 'error', message, repairable: false, repaired: false }
  })
  if (!otherState || offline.length > 0) return found
  if (repair) await adoptState(store)
  const message = 'state/ is not the one that was here before'
  return [{ check: 'parts', severity: 'warning', message, repairable: true, repaired: repair }]
}
