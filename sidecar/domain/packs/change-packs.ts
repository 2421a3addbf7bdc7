/** Creating, editing, deleting and resolving packs: documents only, never model bytes. */
import * as v from 'valibot'
import { AppError } from '../../../schemas/errors.ts'
import { documentText } from '../../../schemas/json.ts'
import { type PackName, type ProfileName, type UiName } from '../../../schemas/ids.ts'
import {
  type Lock,
  Pack,
  type DependencyInput,
  type PackCreate,
  type PackEdit,
} from '../../../schemas/pack.ts'
import { readsAs } from '../../../schemas/visible-names.ts'
import type { Profile } from '../../../schemas/profile.ts'
import { writeStep, type Step } from '../../store/steps.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { OperationFacts, StoreTx } from '../../store/store-tx.ts'
import { profileWith } from '../profiles/derive-profile.ts'
import { GLOBAL } from '../../../schemas/ids.ts'
import { DependencyIds, emptyLock, makeDependency, notHere } from './make-dependency.ts'
import { checkNewDependencies, followRename, assertNoCycle } from './pack-dependencies.ts'
import {
  placeExposures,
  type Displaced,
  type Exposure,
  type IsReserved,
  type Placed,
} from './place-exposures.ts'

interface Documents {
  readonly pack: Pack
  readonly lock: Lock
}

function emptyPack(name: PackName): Pack {
  return v.parse(Pack, {
    name,
    pack_type: 'unknown',
    pack_category: 'custom',
    source: { provider: 'local', model_id: null, version_id: null, url: null },
    cover_url: null,
    version: null,
    description: null,
    base_model: null,
    author: null,
    created_at: null,
    parameters: null,
    model_info: null,
    resources: { previews_keep_in_git: true, workflows_keep_in_git: true },
  })
}

function withFiles(
  reader: StoreReader,
  documents: Documents,
  inputs: readonly DependencyInput[],
  at: string,
): Documents {
  const dependencies = [...documents.pack.dependencies]
  const resolved = [...documents.lock.resolved]
  const unresolved = [...documents.lock.unresolved]
  const ids = new DependencyIds(dependencies.map((one) => one.id))
  for (const input of inputs) {
    const made = makeDependency(reader, input, ids)
    dependencies.push(made.dependency)
    if (made.resolved !== null) resolved.push(made.resolved)
    else unresolved.push(notHere(made.dependency.id))
  }
  return {
    pack: { ...documents.pack, dependencies },
    lock: { ...documents.lock, resolved_at: at, resolved, unresolved },
  }
}

const EDITABLE = [
  'description',
  'version',
  'base_model',
  'author',
  'tags',
  'user_tags',
  'trigger_words',
] as const

function withFacts(pack: Pack, facts: PackCreate | PackEdit): Pack {
  const named = EDITABLE.filter((key) => facts[key] !== undefined)
  const changed = Object.fromEntries(named.map((key) => [key, facts[key]]))
  const held = new Map(pack.pack_dependencies.map((one) => [one.pack_name, one] as const))
  const needs = facts.pack_dependencies?.map(
    (name) => held.get(name) ?? { pack_name: name, required: true, version_constraint: null },
  )
  return { ...pack, ...changed, ...(needs === undefined ? {} : { pack_dependencies: needs }) }
}

function documentSteps({ paths }: StoreReader, name: PackName, documents: Documents): Step[] {
  return [
    writeStep(paths, paths.packLock(name), documentText(documents.lock)),
    writeStep(paths, paths.pack(name), documentText(documents.pack)),
  ].filter((step) => step !== null)
}

/** A profile that names other packs than before. */
interface ProfileChange {
  readonly profile: ProfileName
  readonly step: Step
}

function profileChange(
  reader: StoreReader,
  name: ProfileName,
  change: (packs: string[]) => readonly string[],
): ProfileChange[] {
  const profile = reader.profile(name)
  const before = profile?.packs.map((one) => one.name) ?? []
  const mode = profile?.conflicts.mode ?? reader.config().defaults.conflicts_mode
  const after: Profile = profileWith(name, change(before), profile, mode)
  const step = writeStep(reader.paths, reader.paths.profile(name), documentText(after))
  return step === null ? [] : [{ profile: name, step }]
}

/** Returns what appends a new pack to the global profile. */
export function intoGlobal(reader: StoreReader, name: PackName): ProfileChange[] {
  return profileChange(reader, GLOBAL, (packs) => (packs.includes(name) ? packs : [...packs, name]))
}

/** A change of a pack that nobody has made yet. */
export interface PackPlan {
  /** The pack's name afterwards. */
  readonly name: PackName
  readonly facts: OperationFacts
  readonly steps: readonly Step[]
}

async function performPlan(tx: StoreTx, plan: PackPlan): Promise<PackName> {
  if (plan.steps.length > 0) await tx.perform(plan.facts, plan.steps)
  return plan.name
}

/**
 * Plans {@link createPack}; nothing is changed.
 * @throws pack.name_taken, pack.not_found, pack.cycle, blob.not_found, input.invalid
 * @throws store.document_broken, store.newer_format where a lock was left of an earlier pack
 */
export function planCreate(reader: StoreReader, request: PackCreate, at: string): PackPlan {
  const { name } = request
  assertNameFree(reader, name)
  // One that was left and cannot be read is not written over.
  reader.lock(name)
  const empty = { pack: emptyPack(name), lock: emptyLock(name, at) }
  const filled = withFiles(reader, empty, request.dependencies, at)
  const documents = { ...filled, pack: withFacts(filled.pack, request) }
  checkNewDependencies(reader, null, documents.pack)
  return creationOf(reader, name, documents)
}

function creationOf(reader: StoreReader, name: PackName, documents: Documents): PackPlan {
  const global = intoGlobal(reader, name)
  return {
    name,
    facts: { op: 'pack.create', after: { pack: name }, syncViews: true },
    steps: [...documentSteps(reader, name, documents), ...global.map(({ step }) => step)],
  }
}

/**
 * Creates a pack of files that are here, and appends it to the global profile.
 * @throws as {@link planCreate}; disk.*
 */
export async function createPack(tx: StoreTx, request: PackCreate): Promise<void> {
  await performPlan(tx, planCreate(tx, request, tx.timestamp()))
}

const folded = (text: string) => text.normalize('NFC').toLowerCase()

/** A pack, or what is left of one, whose name reads the same. */
function nameLike(reader: StoreReader, name: PackName): PackName | undefined {
  const wanted = readsAs(name)
  return reader.packNames().find((one) => readsAs(one) === wanted)
}

function nameTaken(other: PackName): AppError {
  return new AppError('pack.name_taken', `There is a pack "${other}" already`)
}

/**
 * Refuses a new pack beside one whose name is the same or differs in case, Unicode form or invisible
 * characters alone. A
 * folder of exactly this name without `pack.json` is what a crash or a person left of a pack, and
 * may become one again.
 * @throws pack.name_taken
 */
export function assertNameFree(reader: StoreReader, name: PackName): void {
  const other = nameLike(reader, name)
  if (other === undefined) return
  if (other === name && reader.text(reader.paths.pack(name)) === null) return
  throw nameTaken(other)
}

/**
 * Plans {@link editPack}; nothing is changed.
 * @throws pack.not_found, pack.name_taken, pack.cycle, blob.not_found, input.invalid
 */
export function planEdit(
  reader: StoreReader,
  name: PackName,
  edit: PackEdit,
  at: string,
): PackPlan {
  const pack = reader.requirePack(name)
  const lock = reader.lock(name) ?? emptyLock(name, at)
  const gone = new Set<string>(edit.remove)
  const there = new Set(pack.dependencies.map((one) => one.id))
  for (const id of gone) {
    if (there.has(id)) continue
    throw new AppError('input.invalid', `The pack has no dependency "${id}"`)
  }
  const left: Documents = {
    pack: { ...pack, dependencies: pack.dependencies.filter((one) => !gone.has(one.id)) },
    lock: {
      ...lock,
      resolved: lock.resolved.filter((one) => !gone.has(one.dependency_id)),
      unresolved: lock.unresolved.filter((one) => !gone.has(one.dependency_id)),
    },
  }
  const filled = edit.add.length === 0 ? left : withFiles(reader, left, edit.add, at)
  const documents = { ...filled, pack: withFacts(filled.pack, edit) }
  checkNewDependencies(reader, pack, documents.pack)
  if (edit.rename_to !== undefined && edit.rename_to !== name) {
    return planRename(reader, name, edit.rename_to, documents)
  }
  return changeOf(reader, name, documents)
}

function changeOf(reader: StoreReader, name: PackName, documents: Documents): PackPlan {
  return {
    name,
    facts: { op: 'pack.edit', after: { pack: name }, syncViews: true },
    steps: documentSteps(reader, name, documents),
  }
}

/**
 * Changes a pack; what is not named stays, keys that we do not know among it.
 * @returns its name afterwards
 * @throws as {@link planEdit}; disk.*
 */
export async function editPack(tx: StoreTx, name: PackName, edit: PackEdit): Promise<PackName> {
  return performPlan(tx, planEdit(tx, name, edit, tx.timestamp()))
}

function planRename(
  reader: StoreReader,
  name: PackName,
  next: PackName,
  documents: Documents,
): PackPlan {
  const { paths } = reader
  const other = nameLike(reader, next)
  // A name may be rid of its own invisible characters.
  const isOwn = other === name && folded(next) !== folded(name)
  if (other !== undefined && !isOwn) throw nameTaken(other)
  const renamed = {
    pack: { ...documents.pack, name: next },
    lock: { ...documents.lock, pack: next },
  }
  const move: Step = {
    do: 'move',
    from: paths.place(paths.packFolder(name)),
    to: paths.place(paths.packFolder(next)),
  }
  const rewritten = (path: string, text: string): Step => ({
    do: 'write',
    path: paths.place(path),
    before: reader.text(path.replace(paths.packFolder(next), paths.packFolder(name))),
    after: text,
  })
  const needs = followRename(reader, name, next)
  assertNoCycle(reader, renamed.pack, new Map([...needs.packs, [name, null]]))
  const changes = reader
    .profileNames()
    .filter((profile) => reader.profile(profile)?.packs.some((one) => one.name === name) === true)
    .flatMap((profile) =>
      profileChange(reader, profile, (packs) => packs.map((one) => (one === name ? next : one))),
    )
  return {
    name: next,
    facts: {
      op: 'pack.rename',
      before: { pack: name },
      after: { pack: next },
      syncViews: true,
    },
    steps: [
      move,
      rewritten(paths.packLock(next), documentText(renamed.lock)),
      rewritten(paths.pack(next), documentText(renamed.pack)),
      ...needs.steps,
      ...changes.map(({ step }) => step),
    ],
  }
}

/**
 * Refuses a pack that {@link addToPack} could neither make nor extend.
 * @throws pack.name_taken, store.document_broken, store.newer_format
 */
export function assertPackWritable(reader: StoreReader, name: PackName): void {
  if (reader.pack(name) === null) assertNameFree(reader, name)
  reader.lock(name)
}

const onlyFor = (pack: Pack, ui: UiName | undefined): Pack =>
  ui === undefined ? pack : { ...pack, uis: [ui] }

/** What joining a pack came to, for each file in the order of what was asked for. */
export interface Additions {
  readonly placed: readonly Placed[]
  /** Files of the pack whose names had to give way. */
  readonly displaced: readonly Displaced[]
}

/**
 * Adds files that are here to a pack, each under every name, kind and folder that is asked for. The
 * pack is made where there is none, and appended to the global profile.
 * @param onlyUi the one interface that a pack is shown in that is made here; all where none is named
 * @throws pack.name_taken, store.document_broken, store.newer_format, disk.*
 */
export async function addToPack(
  tx: StoreTx,
  name: PackName,
  files: readonly Exposure[],
  isReserved?: IsReserved,
  onlyUi?: UiName,
): Promise<Additions> {
  const at = tx.timestamp()
  const pack = tx.pack(name)
  if (pack === null) assertNameFree(tx, name)
  const lock = tx.lock(name)
  const before =
    pack === null
      ? { pack: onlyFor(emptyPack(name), onlyUi), lock: emptyLock(name, at) }
      : { pack, lock: lock ?? emptyLock(name, at) }
  const { documents, placed, displaced, changed } = placeExposures(
    tx,
    before,
    files,
    at,
    isReserved,
  )
  if (pack === null) await performPlan(tx, creationOf(tx, name, documents))
  else if (changed) await performPlan(tx, changeOf(tx, name, documents))
  return { placed, displaced }
}
