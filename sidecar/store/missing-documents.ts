/**
 * Documents that are missing although a profile, the register of packs, the journal or a ledger of
 * links refers to them. They count as unreadable until the user confirms that they are gone, since
 * they may name models.
 */
import fs from 'node:fs'
import type { PackName, ProfileName } from '../../schemas/ids.ts'
import { currentName, type OperationName } from './operation-names.ts'
import type { JournalOperation } from './journal.ts'
import { seenLine } from './pack-register.ts'
import type { StorePath } from './store-paths.ts'
import type { StoreReader } from './store-reader.ts'

/** A missing document. */
export interface MissingDocument {
  readonly path: StorePath
  /** Null where no name is known. */
  readonly pack: PackName | null
  /** What refers to it. */
  readonly by: 'profile' | 'register' | 'journal' | 'view'
}

/** Packs that an operation of the journal made, or took away. */
const MAKES: readonly string[] = [
  'pack.create',
  'pack.add_files',
  'pack.rename',
  'pack.restore',
] satisfies OperationName[]
const TAKES: readonly string[] = ['pack.delete', 'pack.rename'] satisfies OperationName[]

function packIn(facts: Readonly<Record<string, unknown>>): PackName[] {
  const name = facts['pack']
  return typeof name === 'string' && name !== '' ? [name as PackName] : []
}

/** Packs that exist according to the journal. */
function packsOfJournal(operations: readonly JournalOperation[]): Set<PackName> {
  const packs = new Set<PackName>()
  for (const { begin, undone } of operations) {
    if (undone !== null) continue
    if (TAKES.includes(begin.op)) for (const name of packIn(begin.before)) packs.delete(name)
    if (MAKES.includes(currentName(begin.op)))
      for (const name of packIn(begin.after)) packs.add(name)
  }
  return packs
}

/**
 * Returns the register lines for packs that exist and that it does not list, or lists without their
 * lock; in a store of an older version, also for packs that only its journal names.
 * @throws disk.*
 */
export function missingPackLines(reader: StoreReader): string[] {
  const { paths } = reader
  const { written, known } = reader.packRegister()
  const lines = reader.packNames().flatMap((name) => {
    const lock = fs.existsSync(paths.packLock(name))
    const before = known.get(name)
    return before !== undefined && (before.lock || !lock) ? [] : [seenLine(name, lock)]
  })
  const old = written ? [] : [...packsOfJournal(reader.journal.operations())]
  const missed = old.filter((name) => !fs.existsSync(paths.packFolder(name)))
  return [...lines, ...missed.map((name) => seenLine(name, false))]
}

function namedByProfiles(reader: StoreReader): PackName[] {
  return reader.profileNames().flatMap((name) => {
    try {
      return (reader.profile(name)?.packs ?? []).map((pack) => pack.name as PackName)
    } catch {
      return []
    }
  })
}

const DERIVED = /^(?:work|only)__(?<pack>.+)$/su

/** Packs of which an interface has a view of their own. */
function namedByViews(reader: StoreReader): PackName[] {
  const views = reader.uisWithViews().flatMap((ui): ProfileName[] => reader.knownViews(ui))
  return views.flatMap((view) => (DERIVED.exec(view)?.groups?.['pack'] ?? []) as PackName)
}

function viewsShowModels(reader: StoreReader): boolean {
  return reader.uisWithViews().some((ui) => {
    return reader.knownViews(ui).some((view) => (reader.knownView(ui, view)?.links.size ?? 0) > 0)
  })
}

/**
 * Returns every missing document of known packs, sorted by path, except those of packs that the
 * user removed. Works without an index.
 */
export function missingDocuments(reader: StoreReader): MissingDocument[] {
  const { paths } = reader
  const here = new Set(reader.packNames())
  const register = reader.packRegister()
  const found = new Map<StorePath, MissingDocument>()
  const add = (path: string, pack: PackName | null, by: MissingDocument['by']) => {
    const relative = paths.relative(path)
    if (!found.has(relative)) found.set(relative, { path: relative, pack, by })
  }
  const addPack = (pack: PackName, by: MissingDocument['by']) => {
    if (!here.has(pack) && !register.gone.has(pack)) add(paths.pack(pack), pack, by)
  }
  for (const pack of namedByProfiles(reader)) addPack(pack, 'profile')
  for (const [pack, { lock }] of register.known) {
    if (!fs.existsSync(paths.pack(pack))) add(paths.pack(pack), pack, 'register')
    if (lock && !fs.existsSync(paths.packLock(pack))) add(paths.packLock(pack), pack, 'register')
  }
  if (!register.written) {
    for (const pack of packsOfJournal(reader.journal.operations())) addPack(pack, 'journal')
  }
  for (const pack of namedByViews(reader)) addPack(pack, 'view')
  if (!register.written && here.size === 0 && viewsShowModels(reader)) {
    add(paths.packs, null, 'view')
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}
