/** Reading packs: a list with what is here of their files, and one pack with all of it. */
import type { Answer } from '../../../schemas/endpoints.ts'
import { isAppError } from '../../../schemas/errors.ts'
import {
  GLOBAL,
  type PackName,
  type ProfileName,
  type Sha256,
  type UiName,
} from '../../../schemas/ids.ts'
import type {
  Dependency,
  Lock,
  Pack,
  PackDetail,
  PackFile,
  PackSummary,
  Resolved,
} from '../../../schemas/pack.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreContext } from '../context.ts'
import { blockedRule } from '../views/blocked-files.ts'
import { uiNames } from '../views/layout.ts'
import { digestOf, exposedName, kindOfFile } from '../../store/lock-entries.ts'
import { viewsLinking } from '../views/unlink-blob.ts'
import { expandPacks } from '../views/expand-packs.ts'

interface ReadContext {
  readonly store: Pick<StoreContext['store'], 'reader'>
}

/** What is asked of the list. */
export interface PackQuery {
  /** Words that all stand in a pack's name, description, base model or tags. */
  readonly search?: string | undefined
  readonly limit: number
  readonly offset: number
}

/** A pack as it was found, be it whole or not. */
interface FoundPack {
  readonly name: PackName
  readonly pack: Pack | null
  readonly lock: Lock | null
  readonly broken: string | null
}

/** A file that a pack wants: as its document has it, as its lock has it, or both. */
interface WantedFile {
  readonly dependency: Dependency | undefined
  readonly entry: Resolved | null
}

function attempt<T>(read: () => T): { readonly value: T | null; readonly problem: string | null } {
  try {
    return { value: read(), problem: null }
  } catch (error) {
    if (!isAppError(error)) throw error
    return { value: null, problem: error.message }
  }
}

function findPack(reader: StoreReader, name: PackName): FoundPack {
  const pack = attempt(() => reader.pack(name))
  const lock = attempt(() => reader.lock(name))
  const absent = pack.value === null ? `The pack "${name}" has no pack.json` : null
  const broken = pack.problem ?? lock.problem ?? absent
  return { name, pack: pack.value, lock: lock.value, broken }
}

function wantedFiles(pack: Pack | null, lock: Lock | null): WantedFile[] {
  const dependencies = pack?.dependencies ?? []
  const entries = Map.groupBy(lock?.resolved ?? [], (entry) => entry.dependency_id)
  const named = new Set(dependencies.map((dependency) => dependency.id))
  const wanted = dependencies.flatMap((dependency): WantedFile[] =>
    (entries.get(dependency.id) ?? [null]).map((entry) => ({ dependency, entry })),
  )
  const loose = (lock?.resolved ?? []).filter((entry) => !named.has(entry.dependency_id))
  return [...wanted, ...loose.map((entry) => ({ dependency: undefined, entry }))]
}

function digestOfFile({ entry }: WantedFile): Sha256 | null {
  return entry === null ? null : digestOf(entry)
}

/** Bytes of a file: what lies here, else what the lock says; null where neither tells. */
function sizeOf(reader: StoreReader, file: WantedFile, sha256: Sha256 | null): number | null {
  const here = sha256 === null ? null : reader.blob(sha256)
  if (here !== null) return here.size_bytes
  const told = file.entry?.artifact.size_bytes
  return Number.isSafeInteger(told) && Number(told) >= 0 ? Number(told) : null
}

type ActivePacks = ReadonlyMap<string, readonly UiName[]>

/** The packs of a profile with those that they need; without the latter where these are a circle. */
function packsOfProfile(
  reader: StoreReader,
  profile: ProfileName,
  find: (name: PackName) => Pack | null,
): PackName[] {
  const named = attempt(() => reader.profile(profile)).value?.packs ?? []
  const names = named.map((pack) => pack.name as PackName)
  return attempt(() => expandPacks(names, find).order).value ?? names
}

/** Pack → interfaces in whose active profile it stands. Each profile and pack is read once. */
function activePacks(reader: StoreReader): ActivePacks {
  const read = new Map<PackName, Pack | null>()
  const find = (name: PackName): Pack | null => {
    if (!read.has(name)) read.set(name, attempt(() => reader.pack(name)).value)
    return read.get(name) ?? null
  }
  const profiles = new Map<ProfileName, PackName[]>()
  const active = new Map<string, UiName[]>()
  for (const ui of uiNames(reader.config())) {
    const top = reader.stack(ui).at(-1) ?? GLOBAL
    const packs = profiles.get(top) ?? packsOfProfile(reader, top, find)
    profiles.set(top, packs)
    for (const pack of packs) active.set(pack, [...(active.get(pack) ?? []), ui])
  }
  return active
}

type FileTotals = Pick<PackSummary, 'files' | 'files_here' | 'size_bytes'>

/** Counts of a pack's files; bytes that several entries name count once. */
function totalsOf(reader: StoreReader, files: readonly WantedFile[]): FileTotals {
  const sizes = new Map<string, number>()
  let here = 0
  for (const [index, file] of files.entries()) {
    const sha256 = digestOfFile(file)
    if (sha256 !== null && reader.hasBlob(sha256)) here += 1
    sizes.set(sha256 ?? String(index), sizeOf(reader, file, sha256) ?? 0)
  }
  const size_bytes = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
  return { files: files.length, files_here: here, size_bytes }
}

function factsOf(pack: Pack | null) {
  return {
    pack_type: pack?.pack_type ?? 'unknown',
    pack_category: pack?.pack_category ?? 'custom',
    description: pack?.description ?? null,
    base_model: pack?.base_model ?? null,
    tags: pack?.tags ?? [],
  }
}

function summaryOf(reader: StoreReader, found: FoundPack, active: ActivePacks): PackSummary {
  const { name, pack, lock, broken } = found
  return {
    name,
    ...factsOf(pack),
    ...totalsOf(reader, wantedFiles(pack, lock)),
    active_in_uis: [...(active.get(name) ?? [])],
    ...(broken === null ? {} : { broken }),
  }
}

function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{Diacritic}/gu, '')
    .toLowerCase()
}

function matches({ name, pack }: FoundPack, words: readonly string[]): boolean {
  const { description, base_model, tags = [], user_tags = [] } = pack ?? {}
  const text = folded([name, description, base_model, ...tags, ...user_tags].join('\n'))
  return words.every((word) => text.includes(word))
}

/**
 * Returns a page of packs by name. A pack whose documents cannot be read is listed with the reason;
 * `total` counts what the search found.
 * @throws store.document_broken, store.newer_format of config or runtime
 */
export function listPacks(ctx: ReadContext, query: PackQuery): Answer<'packs.list'> {
  const { reader } = ctx.store
  const { limit, offset } = query
  const words = folded(query.search ?? '')
    .split(/\s+/u)
    .filter(Boolean)
  const names = reader.packNames()
  const found =
    words.length === 0 ? names : names.filter((name) => matches(findPack(reader, name), words))
  const active = activePacks(reader)
  const items = found
    .slice(offset, offset + limit)
    .map((name) => summaryOf(reader, findPack(reader, name), active))
  return { total: found.length, limit, offset, items }
}

type BlockedRule = (sha256: Sha256, filename: string) => boolean

/** Blocked in general: not approved, and shown by no view from before that was asked for. */
function blockedEverywhere(reader: StoreReader): BlockedRule {
  const rule = blockedRule(reader, new Map())
  const shown = new Map<Sha256, boolean>()
  const isShown = (sha256: Sha256): boolean => {
    const known = shown.get(sha256) ?? viewsLinking(reader, sha256).length > 0
    shown.set(sha256, known)
    return known
  }
  return (sha256, filename) => rule(sha256, filename) && !isShown(sha256)
}

function fileRow(
  reader: StoreReader,
  file: WantedFile,
  reasons: ReadonlyMap<string, string>,
  isBlocked: BlockedRule,
): PackFile {
  const { dependency, entry } = file
  const id = dependency?.id ?? entry?.dependency_id ?? ''
  const sha256 = digestOfFile(file)
  const filename = exposedName(dependency, entry)
  const reason = sha256 === null ? reasons.get(id) : undefined
  return {
    dependency_id: id,
    kind: kindOfFile(dependency, entry),
    filename,
    subfolder: dependency?.expose.subfolder ?? null,
    required: dependency?.required ?? true,
    sha256,
    size_bytes: sizeOf(reader, file, sha256),
    state: stateOf(reader, sha256, filename, isBlocked),
    ...(reason === undefined || reason === '' ? {} : { reason }),
  }
}

function stateOf(
  reader: StoreReader,
  sha256: Sha256 | null,
  filename: string,
  isBlocked: BlockedRule,
): PackFile['state'] {
  if (sha256 === null) return 'unresolved'
  if (!reader.hasBlob(sha256)) return 'missing'
  return isBlocked(sha256, filename) ? 'blocked' : 'here'
}

/** Returns profiles whose document names a pack; those that cannot be read are passed over. */
export function profilesNaming(reader: StoreReader, name: PackName): ProfileName[] {
  return reader.profileNames().filter((profile) => {
    const document = attempt(() => reader.profile(profile)).value
    return document?.packs.some((pack) => pack.name === name) === true
  })
}

/**
 * Returns a pack with its documents, its files and the profiles that name it.
 * @throws pack.not_found, store.document_broken, store.newer_format
 */
export function showPack(ctx: ReadContext, name: PackName): PackDetail {
  const { reader } = ctx.store
  const pack = reader.requirePack(name)
  const lock = reader.lock(name)
  const reasons = new Map((lock?.unresolved ?? []).map((one) => [one.dependency_id, one.reason]))
  const isBlocked = blockedEverywhere(reader)
  const found = { name, pack, lock, broken: null }
  return {
    summary: summaryOf(reader, found, activePacks(reader)),
    pack,
    lock,
    files: wantedFiles(pack, lock).map((file) => fileRow(reader, file, reasons, isBlocked)),
    profiles: profilesNaming(reader, name),
  }
}
