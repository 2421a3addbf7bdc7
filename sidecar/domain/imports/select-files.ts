/** Selects which of the found files an import takes, and why it leaves the others. */
import fs from 'node:fs'
import type { Sha256 } from '../../../schemas/ids.ts'
import type { CopyReason, ImportRequest, SkipReason } from '../../../schemas/imports.ts'
import { isUnfinishedName } from '../../platform/control-files.ts'
import { Turns } from '../../platform/turns.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { joinAliases, type NamedFile, type NamedFiles } from './aliases.ts'
import type { IdentifiedFile, IdentifiedFiles } from './identify.ts'
import { FolderModels } from '../models/folder-models.ts'
import { checkFinished, checkRest, type RestCheck } from '../models/at-rest.ts'
import { sidecarRule } from '../models/sidecars.ts'
import { folderRule } from './unseen.ts'

/** Reports whether an import makes the found file itself a part of the store. */
function takesInPlace(request: Pick<ImportRequest, 'mode' | 'hard_link'>): boolean {
  return request.mode === 'move' || request.hard_link
}

type Rule = (file: NamedFile) => SkipReason | null

/** Every import leaves unfinished files; an import without copying also leaves files in use. */
function restRule(rest: RestCheck, request: ImportRequest): Rule {
  const named = new Set(request.paths)
  const inPlace = takesInPlace(request)
  return (file) => {
    if (isUnfinishedName(file.name) && (inPlace || !named.has(file.path))) return 'unfinished'
    const unrest = rest.unrest(file.source)
    if (unrest === 'unfinished') return 'unfinished'
    return inPlace && unrest === 'in_use' ? 'in_use' : null
  }
}

/** A move leaves files that no view could show: where they are, they can still be loaded. */
function moveRule(reader: StoreReader): Rule {
  const folderModels = new FolderModels()
  const hasFolder = folderRule(reader)
  const someApproved = reader.approvals().approved.length > 0
  return (file) => {
    if (folderModels.isPart(file.path)) return 'folder_model'
    if (!hasFolder(file.kind)) return 'no_folder'
    const links = file.aliases.filter((alias) => alias.target !== null)
    if (links.some((link) => !hasFolder(link.kind))) return 'linked'
    // Whether this very pickle is approved is known once it is read.
    return file.blocked && !someApproved ? 'waits_for_approval' : null
  }
}

/**
 * Leaves out files that must not be imported: unfinished downloads, files that a program still
 * writes to, and, in a move, files that no interface could show from the store. Each is listed with
 * its reason.
 */
export async function selectFiles(
  reader: StoreReader,
  all: IdentifiedFiles,
  request: ImportRequest,
): Promise<NamedFiles> {
  const found = await joinAliases(all, request)
  const rest = takesInPlace(request) ? await checkRest() : checkFinished()
  const rules = [restRule(rest, request)]
  if (request.mode === 'move') rules.push(moveRule(reader))
  const files: NamedFile[] = []
  const skipped = [...found.skipped]
  const turns = new Turns()
  for (const file of found.files) {
    await turns.next()
    const reason = rules.reduce<SkipReason | null>((first, rule) => first ?? rule(file), null)
    if (reason === null) files.push(withCopyReason(rest, file, request))
    else skipped.push({ path: file.path, reason }, ...aliasesLeft(file, request))
  }
  return { files, skipped: request.mode === 'move' ? namingSidecars(files, skipped) : skipped }
}

/** Returns the further names of left-out files: they are left out too. */
export function aliasesLeft(
  { aliases }: NamedFile,
  request: ImportRequest,
): IdentifiedFiles['skipped'] {
  const reason = request.mode === 'move' ? 'link_not_moved' : 'same_file_twice'
  return aliases.map(({ path, target }) => {
    return { path, reason: target === null ? 'same_file_twice' : reason }
  })
}

function withCopyReason(rest: RestCheck, file: NamedFile, request: ImportRequest): NamedFile {
  const copied_because = copyReason(rest, file.source, request)
  return copied_because === null ? file : { ...file, copied_because }
}

/**
 * Why a file is copied although the import is to take it over: the blob could be changed through
 * another name, or by a writer that the system cannot report. Null where it may be taken over.
 */
function copyReason(
  rest: RestCheck,
  path: string,
  request: Pick<ImportRequest, 'mode' | 'hard_link'>,
): CopyReason | null {
  if (!takesInPlace(request)) return null
  const unrest = rest.unrest(path)
  if (unrest === 'just_written') return unrest
  return unrest === 'hard_linked' && request.mode === 'move' ? unrest : null
}

/** Sidecars of moved models stay where they are, and are listed as sidecars. */
function namingSidecars(
  files: readonly IdentifiedFile[],
  skipped: IdentifiedFiles['skipped'],
): IdentifiedFiles['skipped'] {
  const isSidecar = sidecarRule(files.map((file) => file.path))
  return skipped.map((one) =>
    one.reason === 'not_a_model' && isSidecar(one.path) ? { ...one, reason: 'sidecar' } : one,
  )
}

/** Reports whether a pickle is approved. */
export function isApproved(reader: StoreReader, sha256: Sha256): boolean {
  return reader.approvals().approved.some((one) => one.sha256 === sha256)
}

/** Reports whether a file has more than one name. */
export function isHardLinked(path: string): boolean {
  return (fs.lstatSync(path, { throwIfNoEntry: false })?.nlink ?? 1) > 1
}
