/** Doctor's check of missing documents. */
import type { PackName } from '../../../schemas/ids.ts'
import type { Finding } from '../../../schemas/store.ts'
import { missingDocuments, type MissingDocument } from '../../store/missing-documents.ts'
import { goneStep } from '../../store/pack-register.ts'
import type { Store } from '../../store/store.ts'
import type { StoreReader } from '../../store/store-reader.ts'

/**
 * Packs that disappeared from `state/` together with every mention in a profile, as after a
 * deletion that came through git.
 */
function removedPacks(reader: StoreReader): PackName[] {
  const missing = missingDocuments(reader)
  const named = new Set(missing.filter(({ by }) => by === 'profile').map(({ pack }) => pack))
  const here = new Set(reader.packNames())
  const packs = missing.flatMap(({ pack }) => pack ?? [])
  return [...new Set(packs)].filter((pack) => !named.has(pack) && !here.has(pack))
}

function messageOf(document: MissingDocument, removed: ReadonlySet<PackName>): string {
  const until = 'until then no model counts as unused'
  if (document.pack === null) return `No pack is there, but views show models; ${until}`
  const settle = `If it is gone for good: synapse pack delete "${document.pack}"; ${until}`
  return removed.has(document.pack)
    ? `The pack ${document.pack} was removed by hand or by git. ${settle}. For all such packs: synapse doctor --forget-packs`
    : `A document of the pack ${document.pack} is known and not there. ${settle}`
}

/** Confirms that packs which are gone were removed on purpose. @throws disk.* */
async function forgetPacks(store: Store): Promise<void> {
  await store.transact('doctor', async (tx) => {
    for (const pack of removedPacks(tx)) {
      const about = { pack }
      await tx.perform({ op: 'pack.delete', before: about, after: about }, [
        goneStep(tx.paths, pack),
      ])
    }
  })
}

/** Reports each missing document; `forget` settles packs that were removed. */
export async function checkMissingDocuments(store: Store, forget: boolean): Promise<Finding[]> {
  if (forget) await forgetPacks(store)
  const removed = new Set(removedPacks(store.reader))
  return missingDocuments(store.reader).map((document) => ({
    check: 'papers',
    severity: 'warning',
    message: messageOf(document, removed),
    path: document.path,
    repairable: false,
    repaired: false,
  }))
}
