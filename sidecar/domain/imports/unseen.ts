/** Imported files that no interface sees, and why. */
import type { ImportedFile, ImportResult, UnseenReason } from '../../../schemas/imports.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { defaultUis } from '../profiles/choose-uis.ts'
import { layoutOf } from '../views/ui-layout.ts'

/** Reports whether some interface of the default set has a folder for a kind. */
export function folderRule(reader: StoreReader): (kind: string) => boolean {
  const layouts = defaultUis(reader).map((ui) => layoutOf(reader.config(), ui))
  return (kind) => layouts.some(({ folders }) => folders.has(kind))
}

/** Returns why no interface can see a file, or null where one can once its pack is in use. */
export function unseenRule(reader: StoreReader): (file: ImportedFile) => UnseenReason | null {
  const hasFolder = folderRule(reader)
  const approved = new Set(reader.approvals().approved.map((one) => one.sha256))
  return (file) => {
    if (file.outcome === 'failed') return null
    if (file.exposed_as === null) return 'no_pack'
    if (!hasFolder(file.kind)) return 'no_folder'
    return file.blocked && !approved.has(file.sha256 ?? '') ? 'waits_for_approval' : null
  }
}

/** Returns a result with the reason why no interface sees the file. */
export function withUnseen(file: ImportedFile, unseen: UnseenReason | null): ImportedFile {
  return unseen === null ? file : { ...file, unseen }
}

/** Returns how many files no interface sees, by reason. */
export function countUnseen(files: readonly ImportedFile[]): ImportResult['unseen'] {
  const counts: Partial<Record<UnseenReason, number>> = {}
  for (const { unseen } of files) {
    if (unseen !== undefined) counts[unseen] = (counts[unseen] ?? 0) + 1
  }
  return counts
}
