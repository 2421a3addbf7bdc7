/** Changes a view link by link, each recorded in its ledger before it is made. */
import { join } from 'node:path'
import type { Sha256 } from '../../../schemas/ids.ts'
import type { LinkRecord } from '../../../schemas/records.ts'
import { addRecord } from '../../store/link-ledger.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { restoreDisplaced } from './displaced.ts'
import { LinkWriter } from './link-writer.ts'
import { assertAtRest, quarantineFiles } from './quarantine.ts'
import { noteReturned } from './returned-links.ts'
import { removeOwn } from './remove-own.ts'
import { settleFolders } from './settle-folders.ts'
import type { ViewChange } from './view-change.ts'
import { dropEmptyFolders, foldersToTouch, makeFolders } from './view-folders.ts'

/** The outcome of a change. */
export interface ViewOutcome {
  readonly quarantined: string[]
}

const YIELD_EVERY = 500

/**
 * Brings a view to its plan; additions come before removals. After a failure the ledger lists every
 * link that was made, and the folders do not have our mtimes, so that the next scan inspects them.
 * @throws disk.*, view.path_taken
 */
export async function applyView(tx: StoreTx, change: ViewChange): Promise<ViewOutcome> {
  const root = tx.paths.view(change.ui, change.profile)
  assertAtRest(tx, root, change.quarantine)
  const writer = new LinkWriter(tx, change)
  const additions = change.add.map((link) => writer.linkFor(link))
  const repoints = change.repoint.map(({ from, link }) => ({ from, link: writer.linkFor(link) }))
  const touched = foldersToTouch(change)
  for (const path of await makeFolders(root, [...change.folders, ...touched], change.existing)) {
    touched.add(path)
  }
  if (touched.size === 0) return { quarantined: [] }
  await noteReturned(tx, change)
  await tx.markViewsPending()

  await tx.recordLinks(change.ui, change.profile, [
    ...[...touched].map((path): LinkRecord => ({ op: 'stamp', path, at: 0 })),
    ...change.forget.map((path) => forgetRecord(path, change.replaced.get(path))),
    ...[...change.track, ...additions, ...repoints.map((one) => one.link)].map(addRecord),
  ])
  const quarantined = [
    ...(await restoreDisplaced(tx, root, change.displaced)),
    ...(await quarantineFiles(tx, root, change.quarantine)),
  ]
  for (const path of change.leftovers) await removeOwn(tx.paths, join(root, path), null)
  await inTurns(additions, (link) => writer.add(link))
  await inTurns(repoints, ({ link, from }) => writer.repoint(link, from))
  await inTurns(change.remove, (link) => writer.remove(link))
  const gone = dropEmptyFolders(root, change)
  await settleFolders(tx, change, { touched, gone })
  return { quarantined }
}

function forgetRecord(path: string, replaced: Sha256 | undefined): LinkRecord {
  return { op: 'remove', path, ...(replaced === undefined ? {} : { replaced }) }
}

async function inTurns<T>(items: readonly T[], apply: (item: T) => Promise<void>): Promise<void> {
  for (const [index, item] of items.entries()) {
    await apply(item)
    if (index % YIELD_EVERY === YIELD_EVERY - 1) await new Promise(setImmediate)
  }
}
