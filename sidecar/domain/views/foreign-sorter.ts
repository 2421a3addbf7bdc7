/** Sorts foreign files of a view into importable ones and ones that stay where they are. */
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import * as v from 'valibot'
import {
  PortableName,
  RelativePath,
  toPortableName,
  type Sha256,
  type UiName,
} from '../../../schemas/ids.ts'
import { isModelName, isPickleName } from '../../../schemas/kinds.ts'
import { isUnfinishedName } from '../../platform/control-files.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { FolderModels } from '../models/folder-models.ts'
import { sidecarRule } from '../models/sidecars.ts'
import { layoutOf } from './ui-layout.ts'
import type { ViewPlan } from './plan-view.ts'
import type { UnmanagedFile } from './unmanaged-file.ts'
import type { ListedView } from './list-views.ts'
import type { PlannedLink, StaysBecause } from '../../../schemas/view-files.ts'

/** The kind of a file by the folder of the layout that it is in, and its name there. */
function kindFromLayout(
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

/** The kind of a file that replaced a link: its name may be any name of a link. */
function kindFromLink(path: string, link: PlannedLink | null, mayBeCopy: boolean) {
  if (link === null && !mayBeCopy) return null
  const filename = toPortableName(basename(path)) as PortableName
  return { kind: link?.kind ?? 'unknown', filename, subfolder: null }
}

/** A foreign file that is not imported, with the reason. */
export interface StayingFile {
  /** The path in the view. */
  readonly path: string
  readonly size_bytes: number
  readonly because: StaysBecause
}

/** Foreign files of a view: what may be imported, and what stays where it is. */
export interface SortedForeign {
  readonly unmanaged: readonly UnmanagedFile[]
  readonly staying: readonly StayingFile[]
}

/** Sorts the foreign files of a view. Does not check whether a file is at rest. */
export class ForeignSorter {
  readonly #reader: StoreReader
  readonly #listed: ListedView
  readonly #view: ViewPlan
  readonly #root: string
  readonly #wanted: ReadonlyMap<string, PlannedLink>
  readonly #copies: ReadonlyMap<string, Sha256>
  readonly #folderModels = new FolderModels()
  #isSidecar: ((path: string) => boolean) | null = null

  constructor(reader: StoreReader, listed: ListedView, view: ViewPlan) {
    this.#reader = reader
    this.#listed = listed
    this.#view = view
    this.#root = reader.paths.view(listed.ui, reader.viewSlot(listed.ui, listed.profile))
    this.#wanted = new Map([...view.taken, ...view.copies].map((link) => [link.path, link]))
    this.#copies = new Map(
      [...view.scan.copies, ...view.copies].map((one) => [one.path, one.sha256]),
    )
  }

  sort(): SortedForeign {
    const foreign = this.#view.scan.foreign.map((one) => one.path)
    const unmanaged: UnmanagedFile[] = []
    const staying: StayingFile[] = []
    for (const path of new Set([...foreign, ...this.#copies.keys(), ...this.#wanted.keys()])) {
      const stat = lookAt(join(this.#root, path))
      if (stat === undefined || stat.isDirectory()) continue
      const judged = this.#judge(path, stat)
      if (typeof judged !== 'string') unmanaged.push(judged)
      else staying.push({ path, size_bytes: stat.size, because: judged })
    }
    return { unmanaged, staying }
  }

  #judge(path: string, stat: fs.Stats): UnmanagedFile | StaysBecause {
    const insteadOf = this.#wanted.get(path) ?? null
    const copyOf = this.#copies.get(path) ?? null
    const mayBeCopy = copyOf !== null
    const reason = this.#whyNot(path, stat)
    if (reason !== null) return reason
    const named = kindFromLayout(this.#reader, this.#listed.ui, path)
    const found = named ?? kindFromLink(path, insteadOf, mayBeCopy)
    if (found === null) return 'no_folder'
    const about = { ...this.#listed, path: join(this.#root, path), ...found, insteadOf, copyOf }
    return { ...about, names: 1, size_bytes: stat.size, modified_ms: stat.mtimeMs }
  }

  #whyNot(path: string, stat: fs.Stats): StaysBecause | null {
    if (stat.isSymbolicLink()) return 'link'
    if (!stat.isFile()) return 'not_a_model'
    if (isUnfinishedName(path)) return 'unfinished'
    if (stat.size === 0) return 'empty'
    if (this.#copies.has(path)) return null
    if (!isModelName(path)) return this.#belongsToModel(path) ? 'sidecar' : 'not_a_model'
    if (isPickleName(path)) return 'pickle'
    if (this.#wanted.has(path)) return null
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

function lookAt(path: string): fs.Stats | undefined {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}
