/** The steps that rename a pack wherever it is named. */
import type { PackName } from '../../../schemas/ids.ts'
import { documentText } from '../../../schemas/json.ts'
import type { Step } from '../../store/steps.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { followRename, assertNoCycle } from './pack-dependencies.ts'
import type { PackDocuments } from './pack-documents.ts'
import { nameLike, folded, nameTaken } from './pack-names.ts'
import type { PackPlan } from './pack-plan.ts'
import { profileChange } from './profile-changes.ts'

/**
 * Plans renaming a pack and replacing its documents; profiles and packs that name it are updated.
 * @throws pack.name_taken, pack.cycle, store.document_broken, store.newer_format
 */
export function planRename(
  reader: StoreReader,
  { from: name, to: next }: { readonly from: PackName; readonly to: PackName },
  documents: PackDocuments,
): PackPlan {
  const { paths } = reader
  const other = nameLike(reader, next)
  // A rename may remove invisible characters from the name.
  const isOwn = other === name && folded(next) !== folded(name)
  if (other !== undefined && !isOwn) throw nameTaken(other)
  const renamed = {
    pack: { ...documents.pack, name: next },
    lock: { ...documents.lock, pack: next },
  }
  const move: Step = {
    do: 'move',
    from: paths.relative(paths.packFolder(name)),
    to: paths.relative(paths.packFolder(next)),
  }
  const rewritten = (path: string, text: string): Step => ({
    do: 'write',
    path: paths.relative(path),
    before: reader.text(path.replace(paths.packFolder(next), paths.packFolder(name))),
    after: text,
  })
  const needs = followRename(reader, name, next)
  assertNoCycle(reader, renamed.pack, new Map([...needs.packs, [name, null]]))
  const changes = reader
    .profileNames()
    .filter((profile) => reader.profile(profile)?.packs.some((one) => one.name === name) === true)
    .flatMap((profile) =>
      profileChange(reader, profile, (packs) => packs.map((one) => (one === name ? next : one))),
    )
  return {
    name: next,
    facts: {
      op: 'pack.rename',
      before: { pack: name },
      after: { pack: next },
      syncViews: true,
    },
    steps: [
      move,
      rewritten(paths.packLock(next), documentText(renamed.lock)),
      rewritten(paths.pack(next), documentText(renamed.pack)),
      ...needs.steps,
      ...changes,
    ],
  }
}
