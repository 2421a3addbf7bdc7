/** Recovers packs that a crash left half filled. */
import * as v from 'valibot'
import { PackName, Sha256, UiName } from '../../../schemas/ids.ts'
import type { JournalOperation } from '../../store/journal.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { addToPack } from '../packs/add-to-pack.ts'
import { Exposure } from '../packs/exposure.ts'

/** A file as version 0.1.0 recorded it. */
const FormerFile = v.pipe(
  v.object({
    sha256: Sha256,
    kind: v.optional(v.string(), 'unknown'),
    filename: v.string(),
    subfolder: v.optional(v.string()),
  }),
  v.transform(({ filename: name, ...rest }): Exposure => {
    return { ...rest, name, kind_guessed: true, claims_path: false }
  }),
)

const Fill = v.object({
  pack: PackName,
  /** The only interface that shows the pack, if it is created here. */
  ui: v.optional(UiName),
  files: v.array(v.union([Exposure, FormerFile])),
})

/** Finishes an interrupted filling of a pack, with the files that came in. @throws disk.* */
export async function recoverAddFiles(tx: StoreTx, open: JournalOperation): Promise<void> {
  const fill = v.safeParse(Fill, open.begin.after)
  if (fill.success) {
    const { pack, files, ui } = fill.output
    const here = files.filter(({ sha256 }) => tx.hasBlob(sha256))
    if (here.length > 0) await addToPack(tx, pack, { files: here, onlyUi: ui })
  }
  await tx.end(open.begin.id)
}
