/** Identifies files before any of them is copied: the stage between finding and staging. */
import { dirname, sep } from 'node:path'
import * as v from 'valibot'
import { RelativePath, toPortablePath } from '../../../schemas/ids.ts'
import type { PreviewedFile, ImportRequest } from '../../../schemas/imports.ts'
import { kindFromFolders } from '../../../schemas/layouts.ts'
import { Turns } from '../../platform/turns.ts'
import type { ImportCandidate, ImportCandidates } from './find-files.ts'

/** The kind of a file, and how it is known. */
export interface Identity extends Pick<PreviewedFile, 'kind' | 'kind_from'> {
  /** Folders below the one that determines the kind; interfaces show the file there too. */
  readonly subfolder: RelativePath | null
}

/** A file of known kind. */
export interface IdentifiedFile extends ImportCandidate, Identity {}

/** What was found, with the kind of each file. */
export interface IdentifiedFiles {
  readonly files: readonly IdentifiedFile[]
  readonly skipped: ImportCandidates['skipped']
}

/** A name of a file; `source` is where its bytes can be read to identify it. */
type NamedBytes = Pick<ImportCandidate, 'path' | 'source'>

/**
 * Identifies the files of an import by their names: the kind in the request, else that of the
 * nearest folder named after one. Runs where the file may be read: in the process of its mount, or in
 * the service itself for a mount of the store.
 */
export class Identifier {
  readonly #request: ImportRequest
  readonly #byFolder = new Map<string, Identity>()

  constructor(request: ImportRequest) {
    this.#request = request
  }

  /** Identifies a file by one of its names: two may be in folders of different kinds. */
  identify({ path }: NamedBytes): Identity {
    const folder = dirname(path)
    const known = this.#byFolder.get(folder) ?? fromFolders(path)
    this.#byFolder.set(folder, known)
    const { kind } = this.#request
    return kind === undefined ? known : { ...known, kind, kind_from: 'person' }
  }
}

function fromFolders(path: string): Identity {
  const found = kindFromFolders(path, sep === '/' ? '/' : /[\\/]/u)
  if (found === null) return { subfolder: null, kind: 'unknown', kind_from: 'none' }
  const named = found.subfolder
  const subfolder = v.safeParse(RelativePath, named ? toPortablePath(named) : null)
  const below = subfolder.success ? subfolder.output : null
  return { subfolder: below, kind: found.kind, kind_from: 'folder' }
}

/** Identifies all files that were found; yields to other work. */
export async function identifyAll(
  { files, skipped }: ImportCandidates,
  request: ImportRequest,
): Promise<IdentifiedFiles> {
  const identifier = new Identifier(request)
  const identified: IdentifiedFile[] = []
  const turns = new Turns()
  for (const file of files) {
    await turns.next()
    identified.push({ ...file, ...identifier.identify(file) })
  }
  return { files: identified, skipped }
}
