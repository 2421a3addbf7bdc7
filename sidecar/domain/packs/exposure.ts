/** Names under which packs are to show files, and their outcomes. */
import * as v from 'valibot'
import { Sha256, toPortableName, toPortablePath } from '../../../schemas/ids.ts'
import { kindKey, type Exposed, type ExposedPath } from './exposure-table.ts'

/** A name under which a pack is to show a file. */
export const Exposure = v.object({
  sha256: Sha256,
  kind: v.string(),
  /** False where the user named the kind. */
  kind_guessed: v.optional(v.boolean(), false),
  /** The original name of the file. */
  name: v.string(),
  subfolder: v.nullish(v.string()),
  /**
   * Takes its path from any other file of the pack that holds it, since an interface shows this
   * file there.
   */
  claims_path: v.optional(v.boolean(), false),
})
export type Exposure = v.InferOutput<typeof Exposure>

/** The outcome of one {@link Exposure}. */
export interface Placed {
  readonly kind: string
  readonly subfolder: string | null
  readonly filename: string
  readonly outcome: 'added' | 'there' | 'kind_corrected'
  /** The original name, where the pack exposes it under another one. */
  readonly renamed_from: string | null
  /** The guessed kind under which the pack exposed it before. */
  readonly kind_before: string | null
}

/** A file that had to give up its exposed name. */
export interface Displaced {
  readonly sha256: string | null
  readonly from: string
  readonly to: string
}

/** Reports whether a path is reserved for a later file with that name. */
export type IsReserved = (path: ExposedPath) => boolean

/** Returns the path of a file under its own name, in characters that every file system accepts. */
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

/** Collects the paths of files that keep their own names, which other files must not take. */
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

/** Reports whether a file has its name only because its own could not be exposed. */
export function isRenamed(holder: Exposed | null): boolean {
  return holder !== null && holder.original !== holder.filename
}

/** Returns the outcome for a file that a pack now exposes. */
export function placedAs(exposed: Exposed, outcome: Placed['outcome']): Placed {
  const { kind, subfolder, filename, original } = exposed
  const renamed_from = original === filename ? null : original
  return { kind, subfolder, filename, outcome, renamed_from, kind_before: null }
}
