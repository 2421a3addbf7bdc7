/** What a file is, told before any of it is copied: the stage between finding and staging. */
import { dirname, sep } from 'node:path'
import * as v from 'valibot'
import { RelativePath, toPortablePath } from '../../../schemas/ids.ts'
import type { PreviewedFile, ImportRequest } from '../../../schemas/imports.ts'
import { kindFromFolders } from '../../../schemas/layouts.ts'
import type { ImportCandidate, ImportCandidates } from './find-files.ts'

/** What a file is, and how that is known. */
export interface Identity extends Pick<PreviewedFile, 'kind' | 'kind_from'> {
  /** Folders below the one that tells the kind; interfaces show the file there too. */
  readonly subfolder: RelativePath | null
}

/** A file of which is known what it is. */
export interface IdentifiedFile extends ImportCandidate, Identity {}

/** What was found, and what it is. */
export interface IdentifiedFiles {
  readonly files: readonly IdentifiedFile[]
  readonly skipped: ImportCandidates['skipped']
}

/** Returns the kind that the person gave, else that of the nearest folder named for one. */
export function identify(path: string, request: ImportRequest): Identity {
  const found = kindFromFolders(path, sep === '/' ? '/' : /[\\/]/u)
  const named = found?.subfolder
  const subfolder = v.safeParse(RelativePath, named ? toPortablePath(named) : null)
  const told = { subfolder: subfolder.success ? subfolder.output : null }
  if (request.kind !== undefined) return { ...told, kind: request.kind, kind_from: 'person' }
  if (found === null) return { ...told, kind: 'unknown', kind_from: 'none' }
  return { ...told, kind: found.kind, kind_from: 'folder' }
}

/** Identifies all files that were found. */
export function identifyAll(
  { files, skipped }: ImportCandidates,
  request: ImportRequest,
): IdentifiedFiles {
  const known = new Map<string, Identity>()
  const identityOf = (path: string) => {
    const folder = dirname(path)
    const identity = known.get(folder) ?? identify(path, request)
    known.set(folder, identity)
    return identity
  }
  return { files: files.map((file) => ({ ...file, ...identityOf(file.path) })), skipped }
}
