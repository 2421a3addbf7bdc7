/** What a pack and its lock state about one file: its digest, its name, its kind. */
import { isSha256, type Sha256 } from '../../schemas/ids.ts'
import { kindOf } from '../../schemas/kinds.ts'
import type { Dependency, Resolved } from '../../schemas/pack.ts'

/** Returns the digest in a lock entry, or null where it has no valid one. */
export function digestOf(entry: Resolved): Sha256 | null {
  const digest = entry.artifact.sha256?.toLowerCase()
  return isSha256(digest) ? digest : null
}

/** Returns the name of a file of a pack: the exposed one, else its provider's; null for neither. */
export function givenName(
  dependency: Dependency | undefined,
  entry: Resolved | null,
): string | null {
  const named = dependency?.expose.filename
  if (named !== undefined && named !== '') return named
  const provided: unknown = entry?.artifact.provider['filename']
  if (typeof provided !== 'string' || provided === '') return null
  return provided.split('/').at(-1) ?? provided
}

/** Returns the name of a file of a pack; for a file without one, the start of its digest. */
export function exposedName(dependency: Dependency | undefined, entry: Resolved | null): string {
  const given = givenName(dependency, entry)
  if (given !== null) return given
  return (entry === null ? null : digestOf(entry))?.slice(0, 12) ?? dependency?.id ?? 'unnamed'
}

/** Returns the kind of a file of a pack: that in the pack, else that in its lock. */
export function kindOfFile(dependency: Dependency | undefined, entry: Resolved | null): string {
  const named = dependency === undefined ? 'unknown' : kindOf(dependency)
  return named === 'unknown' && entry !== null ? kindOf(entry.artifact) : named
}
