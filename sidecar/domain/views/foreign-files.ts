/** Files of somebody's below a view, found without a look at each link. */
import fs from 'node:fs'
import type { ProfileName, UiName } from '../../../schemas/ids.ts'
import { isModelName, isPickleName } from '../../../schemas/kinds.ts'
import { isAsideName } from '../../platform/aside-name.ts'
import { isTemporaryName } from '../../platform/disk.ts'
import { listBelow } from '../../platform/list-below.ts'
import type { StoreReader } from '../../store/store-reader.ts'

/** A file that lies in a view. */
export interface FileInView {
  /** In the view. */
  readonly path: string
  readonly size_bytes: number
}

/** Regular files in a view's folder that its ledger does not know; links are passed by. */
export function filesInView(reader: StoreReader, ui: UiName, slot: ProfileName): FileInView[] {
  const root = reader.paths.view(ui, slot)
  const links = reader.knownView(ui, slot)?.links
  return listBelow(root).flatMap(({ path: absolute, name, kind }) => {
    if (kind !== 'file' || isTemporaryName(name) || isAsideName(name)) return []
    const path = absolute.slice(root.length + 1).replaceAll('\\', '/')
    if (links?.get(path)?.form === 'hard_link') return []
    const stat = fs.lstatSync(absolute, { throwIfNoEntry: false })
    return stat === undefined ? [] : [{ path, size_bytes: stat.size }]
  })
}

/** Says whether a file that goes out of sight is taken into the store then. */
export function isTakenAlong({ path, size_bytes }: FileInView): boolean {
  return size_bytes > 0 && isModelName(path) && !isPickleName(path)
}
