/** Further names of imported files: links to them, links to their folders, hard links. */
import fs from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import type { ImportRequest, SkipReason } from '../../../schemas/imports.ts'
import { isModelName, isPickleName } from '../../../schemas/kinds.ts'
import { Turns } from '../../platform/turns.ts'
import { identityOf, inodeKey, type FileIdentity } from '../../platform/file-identity.ts'
import { Identifier, type IdentifiedFile, type IdentifiedFiles } from './identify.ts'

/** A further name under which interfaces could load a file. */
export interface Alias extends Pick<
  IdentifiedFile,
  'path' | 'name' | 'kind' | 'kind_from' | 'subfolder' | 'blocked'
> {
  /** The target of the symbolic link at `path`; null where the name itself is not a link. */
  readonly target: string | null
}

/** A file to import, with its further names. */
export interface NamedFile extends IdentifiedFile {
  readonly aliases: readonly Alias[]
}

/** What was found, with the names of each file grouped. */
export interface NamedFiles {
  readonly files: readonly NamedFile[]
  readonly skipped: IdentifiedFiles['skipped']
}

/**
 * Names that the search skipped because their file was already found, or because they are links.
 */
const MAYBE_ALIAS = new Set<SkipReason>(['same_file_twice', 'link_not_moved', 'loop'])

class Aliases {
  readonly skipped: IdentifiedFiles['skipped'][number][] = []
  /** Hard links of files: a move has to remove each of them. */
  readonly twins: IdentifiedFile[] = []
  readonly #request: ImportRequest
  readonly #identifier: Identifier
  readonly #files: readonly IdentifiedFile[]
  #byIdentity: ReadonlyMap<string, IdentifiedFile> | null = null
  readonly #aliases = new Map<IdentifiedFile, Alias[]>()
  readonly #realFolders = new Map<string, string>()
  readonly #named: ReadonlySet<string>

  constructor(files: readonly IdentifiedFile[], request: ImportRequest) {
    this.#files = files
    this.#request = request
    this.#identifier = new Identifier(request)
    this.#named = new Set(request.paths)
  }

  /** The file that was found under an inode. */
  #fileOf(identity: FileIdentity): IdentifiedFile | undefined {
    this.#byIdentity ??= new Map(
      this.#files.flatMap((file) => {
        const key = inodeKey(file.identity)
        return key === null ? [] : [[key, file]]
      }),
    )
    return this.#byIdentity.get(inodeKey(identity) ?? '')
  }

  of(file: IdentifiedFile): readonly Alias[] {
    return this.#aliases.get(file) ?? []
  }

  /** Records a skipped path as a further name if it is one. */
  look(path: string, reason: SkipReason): void {
    const known = reason === 'loop' ? this.#lookAtFolder(path) : this.#lookAtFile(path)
    if (!known) this.skipped.push({ path, reason })
  }

  #lookAtFile(path: string): boolean {
    const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
    if (stat?.isFile() !== true) return false
    const file = this.#fileOf(identityOf(stat))
    if (file === undefined || !this.#isModel(path)) return false
    const target = linkText(path)
    if (target === null && fs.realpathSync(path) !== fs.realpathSync(file.source)) {
      return this.#addTwin(file, path)
    }
    return this.#add(file, path, target)
  }

  #isModel(path: string): boolean {
    const named = this.#request.all_files || this.#named.has(path)
    return named || isModelName(basename(path))
  }

  /** A hard link. A move imports it like any other file; otherwise its bytes are known. */
  #addTwin(file: IdentifiedFile, path: string): boolean {
    if (this.#request.mode !== 'move') return this.#add(file, path, null)
    const name = basename(path)
    const identity = this.#identifier.identify({ path, source: path })
    this.twins.push({ ...file, path, source: path, name, ...identity, blocked: isPickleName(name) })
    return true
  }

  /** A link to a folder that was searched under another name gives all its files further names. */
  #lookAtFolder(path: string): boolean {
    const real = fs.realpathSync(path)
    if (path === real || path.startsWith(`${real}${sep}`)) return false
    let some = false
    for (const file of this.#files) {
      const source = join(this.#realFolder(dirname(file.source)), basename(file.source))
      if (!source.startsWith(`${real}${sep}`)) continue
      some = this.#add(file, join(path, source.slice(real.length + 1)), null) || some
    }
    return some
  }

  #realFolder(folder: string): string {
    const real = this.#realFolders.get(folder) ?? fs.realpathSync(folder)
    this.#realFolders.set(folder, real)
    return real
  }

  #add(file: IdentifiedFile, path: string, target: string | null): boolean {
    const name = basename(path)
    const identity = this.#identifier.identify({ path, source: file.source })
    const isSame =
      name === file.name && identity.kind === file.kind && identity.subfolder === file.subfolder
    if (isSame && target === null) return false
    const alias = { path, name, ...identity, blocked: isPickleName(name), target }
    const known = this.#aliases.get(file)
    if (known === undefined) this.#aliases.set(file, [alias])
    else known.push(alias)
    return true
  }
}

function linkText(path: string): string | null {
  const isLink = fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
  return isLink ? fs.readlinkSync(path) : null
}

/**
 * Groups the names of each file. A name that was skipped only because its file was already found
 * becomes a further name of it, so that nothing loadable is dropped.
 */
export async function joinAliases(
  { files, skipped }: IdentifiedFiles,
  request: ImportRequest,
): Promise<NamedFiles> {
  const aliases = new Aliases(files, request)
  const turns = new Turns()
  for (const one of skipped) {
    await turns.next()
    if (MAYBE_ALIAS.has(one.reason)) aliases.look(one.path, one.reason)
    else aliases.skipped.push(one)
  }
  const all = [...files, ...aliases.twins]
  return {
    files: all.map((file) => ({ ...file, aliases: aliases.of(file) })),
    skipped: aliases.skipped,
  }
}
