/** Model files that somebody put into views: where they lie, and whose place they took. */
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import * as v from 'valibot'
import { isAppError } from '../../../schemas/errors.ts'
import {
  PortableName,
  RelativePath,
  toPortableName,
  type ProfileName,
  type UiName,
} from '../../../schemas/ids.ts'
import { isModelName, isPickleName } from '../../../schemas/kinds.ts'
import type { PlannedLink } from '../../../schemas/profile.ts'
import { ACTIVE_SLOT } from '../../store/store-paths.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { GLOBAL } from '../profiles/runtime-stack.ts'
import { builtView, gatherView, type ViewPlan } from './gather-view.ts'
import { layoutOf } from './layout.ts'
import { viewSlot, type LinkStyle } from './link-style.ts'

/** A file that may be taken in. */
export interface StrayFile {
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
  /** True where it has the size of that link's blob, of which it may be a copy. */
  readonly mayBeCopy: boolean
}

/** A view of one interface, and whether the interface looks at it now. */
export interface ViewPlace {
  readonly ui: UiName
  readonly profile: ProfileName
  readonly shown: boolean
}

/** Every view whose folder exists, whatever ledgers and profiles there are. */
export function viewPlaces(reader: StoreReader, style: LinkStyle): ViewPlace[] {
  return reader.uisWithViews().flatMap((ui) => {
    const top = reader.stack(ui).at(-1) ?? GLOBAL
    if (style.folder === 'none') return [{ ui, profile: top, shown: true }]
    const shown = reader.shownProfile(ui) ?? top
    const folder = join(reader.paths.ui(ui), 'profiles')
    if (!fs.existsSync(folder)) return []
    return fs
      .readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => ({ ui, profile: name as ProfileName, shown: name === shown }))
  })
}

/** Says whether a pack that joins `global` shows up in what the interface sees. */
function followsGlobal(reader: StoreReader, ui: UiName): boolean {
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
): Pick<StrayFile, 'kind' | 'filename' | 'subfolder'> | null {
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

/** A view as it stands and should be; without a plan where none can be made. */
export function lookAtView(
  reader: StoreReader,
  style: LinkStyle,
  { ui, profile }: Pick<ViewPlace, 'ui' | 'profile'>,
): ViewPlan | null {
  const question = { ui, profile, depth: 'all' } as const
  try {
    return gatherView(reader, style, question)
  } catch (error) {
    if (!isAppError(error)) throw error
    return builtView(reader, style, question)
  }
}

function straysIn(reader: StoreReader, style: LinkStyle, place: ViewPlace): StrayFile[] {
  const view = lookAtView(reader, style, place)
  if (view === null) return []
  const root = reader.paths.view(place.ui, viewSlot(style, place.profile))
  const wanted = new Map([...view.taken, ...view.copies].map((link) => [link.path, link]))
  const copies = new Set([...view.scan.copies, ...view.copies].map((one) => one.path))
  const paths = new Set([...view.scan.foreign.map((one) => one.path), ...copies, ...wanted.keys()])
  const mayJoin = !place.shown || followsGlobal(reader, place.ui)
  return [...paths].flatMap((path): StrayFile[] => {
    const insteadOf = wanted.get(path) ?? null
    const mayBeCopy = copies.has(path)
    const isNew = isModelName(path) && !isPickleName(path) && (mayJoin || insteadOf !== null)
    const stat = isNew || mayBeCopy ? lookAt(join(root, path)) : undefined
    const named = placeOf(reader, place.ui, path) ?? placeOfLink(path, insteadOf, mayBeCopy)
    if (named === null || stat?.isFile() !== true || stat.size === 0) return []
    const about = { ...place, path: join(root, path), ...named, insteadOf, mayBeCopy }
    return [{ ...about, size_bytes: stat.size, modified_ms: stat.mtimeMs }]
  })
}

function lookAt(path: string): fs.Stats | undefined {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/**
 * Finds model files of others in views: those that took the place of a link, those in views that
 * nobody looks at now, and new ones wherever adopting them keeps them in sight. Pickle files stay as
 * they are: a link to one would have to wait for an approval.
 * @param which only the views that interfaces look at now, or all
 */
export function findStrayFiles(
  reader: StoreReader,
  style: LinkStyle,
  which: 'shown' | 'all' = 'all',
): StrayFile[] {
  return viewPlaces(reader, style)
    .filter((place) => place.profile !== ACTIVE_SLOT && (place.shown || which === 'all'))
    .flatMap((place) => straysIn(reader, style, place))
}
