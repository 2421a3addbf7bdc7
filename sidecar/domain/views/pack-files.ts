/** The contribution of one pack to a view, before other packs and rules apply. Pure. */
import * as v from 'valibot'
import { RelativePath, unsafePartReason, type UiName } from '../../../schemas/ids.ts'
import { kindOf } from '../../../schemas/kinds.ts'
import type { Dependency, Lock, Pack, Resolved } from '../../../schemas/pack.ts'
import type { Absent, PlannedLink } from '../../../schemas/view-files.ts'
import { digestOf, exposedName, kindOfFile } from '../../store/pack-lock-entries.ts'
import type { UiLayout } from './ui-layout.ts'

/** A pack of a profile as found on disk. */
export interface PackContent {
  readonly name: string
  readonly pack: Pack | null
  readonly lock: Lock | null
  /** True where a document of it cannot be read. */
  readonly broken: boolean
}

/** The files of a pack with a path in an interface, and those without. */
export interface PackFiles {
  readonly links: readonly PlannedLink[]
  readonly absent: readonly Absent[]
}

interface Remembered extends Pick<PackContent, 'name' | 'pack' | 'lock'> {
  readonly layout: UiLayout
  readonly files: PackFiles
}

const remembered = new WeakMap<Lock | Pack, Map<UiName, Remembered>>()

/** An interface and its layout, which give files their paths. */
export interface PackView {
  readonly ui: UiName
  readonly layout: UiLayout
}

/**
 * Returns the files of a pack in one interface. The result is cached as long as pack, lock and
 * layout are the same objects: in a big profile only the changed packs are processed again.
 */
export function filesOfPack(view: PackView, content: PackContent): PackFiles {
  const { name, pack, lock } = content
  const { ui, layout } = view
  const document = lock ?? pack
  if (document === null) return lookAtPack(view, content)
  const known = remembered.get(document) ?? new Map<UiName, Remembered>()
  remembered.set(document, known)
  const held = known.get(ui)
  const isSame = held?.pack === pack && held.lock === lock && held.name === name
  if (isSame && held.layout === layout) return held.files
  const files = lookAtPack(view, content)
  known.set(ui, { name, pack, lock, layout, files })
  return files
}

function lookAtPack(view: PackView, content: PackContent): PackFiles {
  const whole = wholePackAbsent(view.ui, content)
  const wanted = new Map(content.pack?.dependencies.map((one) => [one.id, one]))
  const resolved = content.lock?.resolved ?? []
  const links: PlannedLink[] = []
  const absent = whole === null ? [] : [whole]
  for (const entry of resolved) {
    const dependency = wanted.get(entry.dependency_id)
    // As in the Python program: files that only the lock names are not shown.
    if (dependency === undefined) continue
    const found = linkOf(view, content.name, { entry, dependency })
    if ('reason' in found) absent.push(found)
    else links.push(found)
  }
  for (const entry of resolved) wanted.delete(entry.dependency_id)
  for (const one of wanted.values()) absent.push(unresolved(view.ui, content.name, one))
  return { links, absent }
}

function wholePackAbsent(ui: UiName, { name, pack, broken }: PackContent): Absent | null {
  if (!broken && pack !== null) return null
  return {
    ui,
    pack: name,
    dependency_id: '',
    filename: '',
    kind: 'unknown',
    sha256: null,
    reason: broken ? 'pack_broken' : 'pack_missing',
  }
}

/** The path of a file, of whose three parts the layout has checked the folder. */
function pathOf(folder: string, dependency: Dependency, name: string): string | null {
  if (unsafePartReason(name) !== null || name.startsWith('.')) return null
  const subfolder = dependency.expose.subfolder
  if (!subfolder) return `${folder}/${name}`
  return v.is(RelativePath, subfolder) ? `${folder}/${subfolder}/${name}` : null
}

/** A dependency of a pack, and its lock entry. */
interface ResolvedDependency {
  readonly entry: Resolved
  readonly dependency: Dependency
}

function linkOf(
  { ui, layout }: PackView,
  pack: string,
  { entry, dependency }: ResolvedDependency,
): PlannedLink | Absent {
  const filename = exposedName(dependency, entry)
  const kind = kindOfFile(dependency, entry)
  const sha256 = digestOf(entry)
  const about = { pack, dependency_id: entry.dependency_id, kind }
  const without = (reason: Absent['reason']): Absent => ({ ui, ...about, filename, sha256, reason })
  if (sha256 === null) return without('unresolved')
  const folder = layout.folders.get(kind)
  if (folder === undefined) return without('no_folder')
  const path = pathOf(folder, dependency, filename)
  return path === null ? without('unusable_name') : { path, sha256, ...about }
}

function unresolved(ui: UiName, pack: string, dependency: Dependency): Absent {
  return {
    ui,
    pack,
    dependency_id: dependency.id,
    filename: exposedName(dependency, null),
    kind: kindOf(dependency),
    sha256: null,
    reason: 'unresolved',
  }
}
