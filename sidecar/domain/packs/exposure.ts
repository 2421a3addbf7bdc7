/** Names under which packs are to show files, and what becomes of each. */
import * as v from 'valibot'
import { Sha256, toPortableName, toPortablePath } from '../../../schemas/ids.ts'
import { kindKey, type Exposed, type ExposedPath } from './exposure-table.ts'

/** A name under which a pack is to show a file. */
export const Exposure = v.object({
  sha256: Sha256,
  kind: v.string(),
  /** False where a person named the kind. */
  kind_guessed: v.optional(v.boolean(), false),
  /** The name that the file came with. */
  name: v.string(),
  subfolder: v.nullish(v.string()),
  /** Takes its path from whatever other file of the pack holds it: what an interface shows there. */
  claims_path: v.optional(v.boolean(), false),
})
export type Exposure = v.InferOutput<typeof Exposure>

/** What became of one {@link Exposure}. */
export interface Placed {
  readonly kind: string
  readonly subfolder: string | null
  readonly filename: string
  readonly outcome: 'added' | 'there' | 'kind_corrected'
  /** The name that it came with, where the pack exposes it under another one. */
  readonly renamed_from: string | null
  /** The guessed kind that the pack exposed it with before. */
  readonly kind_before: string | null
}

/** A file whose exposed name had to give way. */
export interface Displaced {
  readonly sha256: string | null
  readonly from: string
  readonly to: string
}

/** Reports whether a path belongs to a file that is still to come under its own name. */
export type IsReserved = (path: ExposedPath) => boolean

/** Returns the path that a file has under its own name, in letters that every file system takes. */
export function wantedPath({
  kind,
  name,
  subfolder,
}: Pick<Exposure, 'kind' | 'name' | 'subfolder'>): ExposedPath {
  return {
    kind,
    filename: toPortableName(name),
    subfolder: subfolder ? toPortablePath(subfolder) : null,
  }
}

/** Collects the paths of files that keep their own names; others do not take these paths. */
export function reservedPaths(
  files: Iterable<Pick<Exposure, 'kind' | 'name' | 'subfolder'>>,
): IsReserved {
  const keys = new Set<string>()
  for (const file of files) {
    const path = wantedPath(file)
    if (path.filename === file.name) keys.add(kindKey(path))
  }
  return (path) => keys.has(kindKey(path))
}

/** Reports whether a file bears another's name only because its own could not be exposed. */
export function isRenamed(holder: Exposed | null): boolean {
  return holder !== null && holder.original !== holder.filename
}

/** Returns what became of a file that a pack exposes now. */
export function placedAs(exposed: Exposed, outcome: Placed['outcome']): Placed {
  const { kind, subfolder, filename, original } = exposed
  const renamed_from = original === filename ? null : original
  return { kind, subfolder, filename, outcome, renamed_from, kind_before: null }
}
