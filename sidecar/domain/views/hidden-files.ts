/** Foreign files in inactive views, and what happens to each. */
import fs from 'node:fs'
import { join } from 'node:path'
import type { UiName } from '../../../schemas/ids.ts'
import { ControlFiles } from '../../platform/control-files.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { checkRest, QUIET_PERIOD_MS } from '../models/at-rest.ts'
import { findUnmanagedFiles, lookAtView } from './find-foreign.ts'
import { ForeignSorter } from './foreign-sorter.ts'
import { foundPack } from './found-pack.ts'
import type { ViewPlan } from './plan-view.ts'
import { isIncomplete } from '../models/incomplete.ts'
import { scanView } from './scan-view.ts'
import type { UnmanagedFile } from './unmanaged-file.ts'
import type { ViewAddress } from './view-address.ts'
import { listViews } from './list-views.ts'
import type { HiddenFile, StaysBecause } from '../../../schemas/view-files.ts'

/** Why a file is not at rest, as far as that shows without checking which programs have it open. */
function unrestOf(
  file: UnmanagedFile,
  controls: ControlFiles,
  namesOf: (file: UnmanagedFile) => number,
): StaysBecause | null {
  if (controls.beside(file.path)) return 'unfinished'
  const names = fs.lstatSync(file.path, { throwIfNoEntry: false })?.nlink ?? 1
  if (names > 1 && names > namesOf(file)) return 'hard_linked'
  return file.copyOf === null && Date.now() - file.modified_ms < QUIET_PERIOD_MS
    ? 'just_written'
    : null
}

/** Counts the names of a file, possibly the last copy of a model, in all views. */
function namesInViews(reader: StoreReader): (file: UnmanagedFile) => number {
  let all: readonly UnmanagedFile[] | null = null
  return ({ path, copyOf }) => {
    if (copyOf === null) return 1
    all ??= findUnmanagedFiles(reader, { depth: 'incremental' })
    return all.find((file) => file.path === path)?.names ?? 1
  }
}

/** A view without its profile: no link is expected in it any more. */
function withoutProfile(view: ViewPlan): ViewPlan {
  const { foreign, copies } = view.scan
  const known = new Set(foreign.map((one) => one.path))
  const more = copies.filter((one) => !known.has(one.path))
  const all = [...foreign, ...more.map((one) => ({ ...one, in_the_way: false }))]
  return { ...view, taken: [], copies: [], scan: { ...view.scan, foreign: all, copies: [] } }
}

/**
 * Returns foreign files in a view that is inactive, or will be after a switch. Which of them are
 * imported is reported as far as possible without opening them; see {@link lookCloser}.
 * @param gone the profile is removed too, so that its files replace none of a pack
 */
export function hiddenFiles(
  reader: StoreReader,
  { ui, profile }: ViewAddress,
  gone = false,
): HiddenFile[] {
  const slot = reader.viewSlot(ui, profile)
  const { foreign, copies, replaced } = scanView(reader, { ui, profile: slot })
  if (foreign.length + copies.length + replaced.size === 0) return []
  const seen = lookAtView(reader, { ui, profile }, 'incremental')
  if (seen === null) return []
  const view = gone ? withoutProfile(seen) : seen
  const listed = { ui, profile, shown: false }
  const { unmanaged, staying } = new ForeignSorter(reader, listed, view).sort()
  const root = reader.paths.view(ui, slot)
  const controls = new ControlFiles()
  const namesOf = namesInViews(reader)
  const fileAt = (path: string, size_bytes: number) => {
    return { ui, profile, path, place: reader.paths.relative(join(root, path)), size_bytes }
  }
  const files = unmanaged.map((file): HiddenFile => {
    const path = file.path.slice(root.length + 1).replaceAll('\\', '/')
    const about = fileAt(path, file.size_bytes)
    const stays_because = unrestOf(file, controls, namesOf)
    if (stays_because !== null) return { ...about, taken_in: false, stays_because }
    const replaces = file.insteadOf !== null && file.copyOf === null
    // A copy of a missing model joins no pack: packs that name it have it again.
    const isBack = file.copyOf !== null && file.insteadOf === null
    const joins = isBack ? {} : { pack: file.insteadOf?.pack ?? foundPack(ui) }
    return { ...about, taken_in: true, ...joins, ...(replaces ? { replaces_link: true } : {}) }
  })
  const others = staying.map(({ path, size_bytes, because }): HiddenFile => {
    return { ...fileAt(path, size_bytes), taken_in: false, stays_because: because }
  })
  return [...files, ...others].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** A file that stays where it is, for a reason found by opening it. */
function staying(file: HiddenFile, stays_because: StaysBecause): HiddenFile {
  const { pack: _pack, replaces_link: _replaces, ...about } = file
  return { ...about, taken_in: false, stays_because }
}

/** Reports whether a file is incomplete; one that is gone by now is noticed next time. */
async function isTorn(reader: StoreReader, file: HiddenFile): Promise<boolean> {
  const path = reader.paths.at(file.place)
  return isIncomplete(path, file.replaces_link === true).catch(() => false)
}

/** Opens the files that would be imported to check whether they are complete. */
export async function lookForTorn(
  reader: StoreReader,
  files: readonly HiddenFile[],
): Promise<HiddenFile[]> {
  return Promise.all(
    files.map(async (file) =>
      file.taken_in && (await isTorn(reader, file)) ? staying(file, 'torn') : file,
    ),
  )
}

/** As {@link lookForTorn}; also checks whether a program still writes to one. */
export async function lookCloser(
  reader: StoreReader,
  files: readonly HiddenFile[],
): Promise<HiddenFile[]> {
  if (!files.some((file) => file.taken_in)) return [...files]
  const rest = await checkRest()
  // The number of names was checked before.
  const rested = files.map((file) => {
    const unrest = file.taken_in ? rest.unrest(reader.paths.at(file.place), Infinity) : null
    return unrest === null ? file : staying(file, unrest)
  })
  return lookForTorn(reader, rested)
}

/** Returns foreign files in all inactive views of an interface. */
export function hiddenFilesOf(reader: StoreReader, ui: UiName): HiddenFile[] {
  return listViews(reader)
    .filter((view) => view.ui === ui && !view.shown)
    .flatMap((view) => hiddenFiles(reader, view))
}
