/** Notes on the files of an import for the user, one sentence each. */
import type { CopyReason, ImportRequest } from '../../../schemas/imports.ts'
import type { Alias, NamedFile, NamedFiles } from './aliases.ts'
import { canStay } from './import-room.ts'
import { isHardLinked } from './select-files.ts'

const isLink = ({ target }: Alias) => target !== null

/** Returns why files are copied instead of taken over, or what taking them over means. */
export function wayNotes(files: readonly NamedFile[], request: ImportRequest): string[] {
  const copied = (reason: CopyReason) =>
    files.filter((file) => file.copied_because === reason).length
  const shared = request.hard_link
    ? files.filter((file) => canStay(file) && isHardLinked(file.source)).length
    : 0
  const linked = request.mode === 'move' ? files.filter(({ aliases }) => aliases.some(isLink)) : []
  const sentences: readonly (readonly [number, string])[] = [
    [copied('hard_linked'), 'copied since further hard-linked names could change them'],
    [copied('just_written'), 'copied since they were written to just now'],
    [linked.length, 'with symbolic links that go with them; undo makes the links again'],
    [shared, 'with further hard-linked names that share the bytes and become read-only too'],
  ]
  return sentences.flatMap(([count, words]) =>
    count === 0 ? [] : [`${count === 1 ? '1 file' : `${String(count)} files`} ${words}.`],
  )
}

/** Returns all notes of a preview. */
export function notesOn(found: NamedFiles, request: ImportRequest): string[] {
  const held = found.files.filter((file) => file.blocked).length
  const unsure = found.files.filter((file) => file.kind_from === 'none').length
  return [
    ...(held > 0
      ? [
          `${held === 1 ? '1 pickle file' : `${String(held)} pickle files`} can run code when opened; no interface sees one before you approve it.`,
        ]
      : []),
    ...(unsure > 0
      ? [
          `${unsure === 1 ? '1 file lies' : `${String(unsure)} files lie`} in no folder named for a kind.`,
        ]
      : []),
    ...wayNotes(found.files, request),
    ...(request.pack === undefined && found.files.length > 0
      ? ['No pack is named: no interface sees the files until they are in a pack.']
      : []),
    ...(request.hard_link
      ? [
          'With a hard link the original and the store are one file: the original becomes read-only.',
        ]
      : []),
    ...(request.mode === 'link' && !request.hard_link
      ? ['Where the volume cannot share blocks, the bytes are copied.']
      : []),
  ]
}
