/** Removes every link to a blob from every view before its bytes are removed. */
import { join } from 'node:path'
import { isSha256, type Sha256 } from '../../../schemas/ids.ts'
import type { JournalOperation } from '../../store/journal.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { repairView } from './repair-view.ts'
import type { ViewAddress } from './view-address.ts'

/** A link to a blob, and its view. */
export interface BlobLink extends ViewAddress {
  readonly path: string
}

/** Returns every view in which a blob has a link. */
export function viewsLinking(reader: StoreReader, sha256: Sha256): BlobLink[] {
  return reader
    .uisWithViews()
    .flatMap((ui) =>
      reader
        .knownViews(ui)
        .flatMap((profile) =>
          [...(reader.knownView(ui, profile)?.links.values() ?? [])]
            .filter((link) => link.sha256 === sha256)
            .map((link) => ({ ui, profile, path: link.path })),
        ),
    )
}

/** Removes the links to a blob from all views. @throws disk.* */
export async function unlinkBlob(tx: StoreTx, sha256: Sha256): Promise<void> {
  const views = new Map<string, BlobLink>()
  for (const one of viewsLinking(tx, sha256)) views.set(join(one.ui, one.profile), one)
  for (const { ui, profile } of views.values()) {
    await repairView(tx, { ui, profile }, (link) => link.sha256 === sha256)
  }
}

/** Finishes an operation that unlinks a blob from all views first. @throws disk.* */
export async function finishUnlinking(tx: StoreTx, open: JournalOperation): Promise<void> {
  const { before, after } = open.begin
  const sha256 = before['sha256'] ?? after['sha256']
  if (isSha256(sha256)) {
    await unlinkBlob(tx, sha256)
  }
  await tx.finish(open)
}
