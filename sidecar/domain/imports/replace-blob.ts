/** Replaces a damaged blob with good bytes. The damaged bytes go to the trash for good. */
import { join } from 'node:path'
import { isSha256, type Sha256, type Uuid } from '../../../schemas/ids.ts'
import { documentText } from '../../../schemas/json.ts'
import { identityAt, seenFile } from '../../platform/file-identity.ts'
import type { Step } from '../../store/steps.ts'
import { trashFolder } from '../../store/blobs-volume.ts'
import type { JournalOperation } from '../../store/journal.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { repairView } from '../views/repair-view.ts'

const DAY_MS = 86_400_000

/** Steps that move a damaged blob to the trash, marked as not restorable. */
function discardSteps(tx: StoreTx, id: Uuid, { sha256, name }: Replacement): Step[] {
  const path = tx.paths.blob(sha256)
  const file = identityAt(path)
  if (file === null) return []
  const folder = join(trashFolder(tx.paths), id)
  const entry = {
    schema: 'synapse.trash_entry.v1',
    sha256,
    display_name: name,
    size_bytes: file.size_bytes,
    deleted_at: tx.timestamp(),
    expires_at: new Date(tx.now() + tx.config().trash.days * DAY_MS).toISOString(),
    bad: true,
  }
  const relative = (one: string) => tx.paths.relative(one)
  return [
    {
      do: 'write',
      path: relative(join(folder, 'entry.json')),
      before: null,
      after: documentText(entry),
    },
    { do: 'move', from: relative(path), to: relative(join(folder, 'blob')), seen: seenFile(file) },
  ]
}

/**
 * Hard links are names of the damaged bytes themselves: they are removed first, and made again
 * later.
 */
async function unlinkHardLinks(tx: StoreTx, sha256: Sha256): Promise<void> {
  for (const ui of tx.uisWithViews()) {
    for (const profile of tx.knownViews(ui)) {
      const links = tx.knownView(ui, profile)?.links.values() ?? []
      const shown = [...links].some((link) => link.sha256 === sha256 && link.form === 'hard_link')
      if (shown) await repairView(tx, { ui, profile }, (link) => link.sha256 === sha256)
    }
  }
}

/** The replacement of a damaged blob. */
export interface Replacement {
  readonly sha256: Sha256
  readonly name: string
  /** Where the good bytes came from, for the journal. */
  readonly source: string
  readonly how: string
  /** The steps that publish the bytes and then record what is known of them. */
  readonly steps: readonly Step[]
}

/**
 * Replaces a damaged blob in one operation, open until views are synced. After a failure the
 * damaged blob is where it was.
 * @throws disk.*, import.source_changed
 */
export async function replaceBlob(tx: StoreTx, by: Replacement): Promise<void> {
  const { sha256, source, how } = by
  const id = tx.newId()
  const facts = {
    op: 'blob.replace',
    id,
    before: { path: source },
    after: { sha256, how },
    syncViews: true,
  } as const
  const steps = [...discardSteps(tx, id, by), ...by.steps]
  await tx.perform(facts, steps, () => unlinkHardLinks(tx, sha256))
}

/** Finishes an interrupted replacement. @throws disk.* */
export async function finishReplacement(tx: StoreTx, open: JournalOperation): Promise<void> {
  const sha256 = open.begin.after['sha256']
  if (isSha256(sha256)) {
    await unlinkHardLinks(tx, sha256)
  }
  await tx.finish(open)
}

/** Returns the steps of a replacement that undo reverts: the damaged bytes stay in the trash. */
export function arrivalOf(steps: readonly Step[]): Step[] {
  const isTrash = (relative: string) => /^data\/(?:blobs\/\.)?trash\//u.test(relative)
  return steps.filter((step) => !isTrash('path' in step ? step.path : step.to))
}
