/** Files that somebody put into views: which may be taken in, and whose place they took. */
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import * as v from 'valibot'
import { isAppError } from '../../../schemas/errors.ts'
import {
  PortableName,
  RelativePath,
  toPortableName,
  type ProfileName,
  type Sha256,
  type UiName,
} from '../../../schemas/ids.ts'
import { isModelName, isPickleName } from '../../../schemas/kinds.ts'
import type { PlannedLink, StaysBecause } from '../../../schemas/profile.ts'
import { isUnfinishedName } from '../../platform/control-files.ts'
import { identityAt } from '../../platform/file-identity.ts'
import { ACTIVE_SLOT } from '../../store/store-paths.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { FolderModels } from '../models/folder-models.ts'
import { sidecarRule } from '../models/sidecars.ts'
import { GLOBAL } from '../../../schemas/ids.ts'
import { builtView, planView, type ViewPlan } from './plan-view.ts'
import { layoutOf } from './layout.ts'
import type { ScanMode } from './scan-view.ts'

/** A file that may be taken in. */
export interface UnmanagedFile {
  readonly ui: UiName
  /** The view that it lies in. */
  readonly profile: ProfileName
  /** Whether the interface looks at that view now. */
  readonly shown: boolean
  /** Absolute. */
  readonly path: string
  readonly kind: string
  readonly filename: PortableName
  readonly subfolder: RelativePath | null
  readonly size_bytes: number
  readonly modified_ms: number
  /** The link of a pack that should stand there instead. */
  readonly insteadOf: PlannedLink | null
  /** The blob of which it may be a copy, since it has its size; null for none. */
  readonly copyOf: Sha256 | null
  /** How many names of a file that may be a copy lie in views, as far as was looked; else 1. */
  readonly names: number
}

/** A view of one interface, and whether the interface looks at it now. */
export interface ViewPlace {
  readonly ui: UiName
  readonly profile: ProfileName
  readonly shown: boolean
}

/** Returns every view whose folder exists, whatever ledgers and profiles there are. */
export function viewPlaces(reader: StoreReader): ViewPlace[] {
  return reader.uisWithViews().flatMap((ui) => {
    const top = reader.stack(ui).at(-1) ?? GLOBAL
    if (reader.linkStyle(ui).folder === 'none') return [{ ui, profile: top, shown: true }]
    const shown = reader.activeProfile(ui) ?? top
    const folder = join(reader.paths.ui(ui), 'profiles')
    if (!fs.existsSync(folder)) return []
    return fs
      .readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => ({ ui, profile: name as ProfileName, shown: name === shown }))
  })
}

/** Reports whether a pack that joins `global` shows up in what the interface sees. */
export function followsGlobal(reader: StoreReader, ui: UiName): boolean {
  const top = reader.stack(ui).at(-1) ?? GLOBAL
  return (
    top === GLOBAL || (top.startsWith('work__') && reader.config().defaults.use_base === GLOBAL)
  )
}

/** The folder of a kind in which a file of a view lies, and what it is called there. */
function placeOf(
  reader: StoreReader,
  ui: UiName,
  path: string,
): Pick<UnmanagedFile, 'kind' | 'filename' | 'subfolder'> | null {
  const filename = v.safeParse(PortableName, basename(path))
  if (!filename.success) return null
  const home = [...layoutOf(reader.config(), ui).folders]
    .filter(([, folder]) => path.startsWith(`${folder}/`))
    .sort(([, a], [, b]) => b.length - a.length)[0]
  if (home === undefined) return null
  const rest = dirname(path.slice(home[1].length + 1))
  if (rest === '.') return { kind: home[0], filename: filename.output, subfolder: null }
  const subfolder = v.safeParse(RelativePath, rest)
  if (!subfolder.success) return null
  return { kind: home[0], filename: filename.output, subfolder: subfolder.output }
}

/** What stands for a link may have any name that the link had. */
function placeOfLink(path: string, link: PlannedLink | null, mayBeCopy: boolean) {
  if (link === null && !mayBeCopy) return null
  const filename = toPortableName(basename(path)) as PortableName
  return { kind: link?.kind ?? 'unknown', filename, subfolder: null }
}

/** Returns a view as it stands and should be; without a plan where none can be made. */
export function lookAtView(
  reader: StoreReader,
  { ui, profile }: Pick<ViewPlace, 'ui' | 'profile'>,
  depth: ScanMode = 'full',
): ViewPlan | null {
  const question = { ui, profile, depth } as const
  try {
    return planView(reader, question)
  } catch (error) {
    if (!isAppError(error)) throw error
    return builtView(reader, question)
  }
}

/** A file of somebody's that is not taken in, and why. */
export interface StayingFile {
  /** In the view. */
  readonly path: string
  readonly size_bytes: number
  readonly because: StaysBecause
}

/** What somebody put into a view: what may be taken in, and what stays where it is. */
export interface SortedForeign {
  readonly strays: readonly UnmanagedFile[]
  readonly staying: readonly StayingFile[]
}

/** Sorts what somebody put into a view. Whether a file is at rest is not asked. */
export class ForeignSorter {
  readonly #reader: StoreReader
  readonly #place: ViewPlace
  readonly #view: ViewPlan
  readonly #root: string
  readonly #wanted: ReadonlyMap<string, PlannedLink>
  readonly #copies: ReadonlyMap<string, Sha256>
  readonly #folderModels = new FolderModels()
  #isSidecar: ((path: string) => boolean) | null = null

  constructor(reader: StoreReader, place: ViewPlace, view: ViewPlan) {
    this.#reader = reader
    this.#place = place
    this.#view = view
    this.#root = reader.paths.view(place.ui, reader.viewSlot(place.ui, place.profile))
    this.#wanted = new Map([...view.taken, ...view.copies].map((link) => [link.path, link]))
    this.#copies = new Map(
      [...view.scan.copies, ...view.copies].map((one) => [one.path, one.sha256]),
    )
  }

  sort(): SortedForeign {
    const foreign = this.#view.scan.foreign.map((one) => one.path)
    const strays: UnmanagedFile[] = []
    const staying: StayingFile[] = []
    for (const path of new Set([...foreign, ...this.#copies.keys(), ...this.#wanted.keys()])) {
      const stat = lookAt(join(this.#root, path))
      if (stat === undefined || stat.isDirectory()) continue
      const judged = this.#judge(path, stat)
      if (typeof judged !== 'string') strays.push(judged)
      else staying.push({ path, size_bytes: stat.size, because: judged })
    }
    return { strays, staying }
  }

  #judge(path: string, stat: fs.Stats): UnmanagedFile | StaysBecause {
    const insteadOf = this.#wanted.get(path) ?? null
    const copyOf = this.#copies.get(path) ?? null
    const mayBeCopy = copyOf !== null
    const reason = this.#whyNot(path, stat, insteadOf, mayBeCopy)
    if (reason !== null) return reason
    const named = placeOf(this.#reader, this.#place.ui, path)
    const found = named ?? placeOfLink(path, insteadOf, mayBeCopy)
    if (found === null) return 'no_folder'
    const about = { ...this.#place, path: join(this.#root, path), ...found, insteadOf, copyOf }
    return { ...about, names: 1, size_bytes: stat.size, modified_ms: stat.mtimeMs }
  }

  #whyNot(
    path: string,
    stat: fs.Stats,
    insteadOf: PlannedLink | null,
    mayBeCopy: boolean,
  ): StaysBecause | null {
    if (stat.isSymbolicLink()) return 'link'
    if (!stat.isFile()) return 'not_a_model'
    if (isUnfinishedName(path)) return 'unfinished'
    if (stat.size === 0) return 'empty'
    if (mayBeCopy) return null
    if (!isModelName(path)) return this.#belongsToModel(path) ? 'sidecar' : 'not_a_model'
    if (isPickleName(path)) return 'pickle'
    if (insteadOf !== null) return null
    return this.#folderModels.isPart(join(this.#root, path)) ? 'folder_model' : null
  }

  /** Reports whether a file is the preview or description of a model of the view. */
  #belongsToModel(path: string): boolean {
    const { links, foreign } = this.#view.scan
    const others = foreign.filter((one) => isModelName(one.path)).map((one) => one.path)
    this.#isSidecar ??= sidecarRule([...links.keys(), ...others])
    return this.#isSidecar(path)
  }
}

/** What may be taken in of a view, and the paths of all that somebody put there. */
interface StraysOfView {
  readonly strays: readonly UnmanagedFile[]
  readonly paths: readonly string[]
}

function straysIn(reader: StoreReader, place: ViewPlace, depth: ScanMode): StraysOfView {
  const view = lookAtView(reader, place, depth)
  if (view === null) return { strays: [], paths: [] }
  const mayJoin = !place.shown || followsGlobal(reader, place.ui)
  const { strays, staying } = new ForeignSorter(reader, place, view).sort()
  const root = reader.paths.view(place.ui, reader.viewSlot(place.ui, place.profile))
  return {
    strays: strays.filter((file) => mayJoin || file.copyOf !== null || file.insteadOf !== null),
    paths: [...strays.map(({ path }) => path), ...staying.map(({ path }) => join(root, path))],
  }
}

function lookAt(path: string): fs.Stats | undefined {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** Which views are looked at for unmanaged files, and how closely. */
export interface StrayQuestion {
  /** `<interface>/<profile>` of each view; all where it is left out. */
  readonly views?: readonly string[] | undefined
  readonly depth?: ScanMode
}

/** Returns what a view is called among those of all interfaces. */
export function viewName({
  ui,
  profile,
}: {
  readonly ui: string
  readonly profile: string
}): string {
  return `${ui}/${profile}`
}

/**
 * Finds model files of others in views: those that took the place of a link, those in views that
 * nobody looks at now, and new ones wherever adopting them keeps them in sight. Pickle files stay as
 * they are: a link to one would have to wait for an approval. So do parts of folder models, which
 * cannot be loaded without what lies beside them.
 */
export function findUnmanagedFiles(
  reader: StoreReader,
  { views, depth = 'full' }: StrayQuestion = {},
): UnmanagedFile[] {
  const found = viewPlaces(reader)
    .filter((place) => place.profile !== ACTIVE_SLOT)
    .filter((place) => views === undefined || views.includes(viewName(place)))
    .map((place) => straysIn(reader, place, depth))
  return withNames(
    found.flatMap(({ strays }) => strays),
    found.flatMap(({ paths }) => paths),
  )
}

/** A hard link that outlived its blob has a name in each view. */
function withNames(strays: readonly UnmanagedFile[], paths: readonly string[]): UnmanagedFile[] {
  if (strays.length === 0) return []
  const counts = new Map<string, number>()
  for (const key of paths.map(fileKey)) counts.set(key, (counts.get(key) ?? 0) + 1)
  return strays.map((file) =>
    file.copyOf === null ? file : { ...file, names: counts.get(fileKey(file.path)) ?? 1 },
  )
}

/** What is the same for all names of one file. */
function fileKey(path: string): string {
  const identity = identityAt(path)
  return identity === null ? path : `${String(identity.dev)}:${String(identity.ino)}`
}
