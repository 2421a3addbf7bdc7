/** The views on disk, and which of them are active. */
import fs from 'node:fs'
import { join } from 'node:path'
import { GLOBAL, type ProfileName, type UiName } from '../../../schemas/ids.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { ViewAddress } from './view-address.ts'

/** A view of one interface, and whether it is active. */
export interface ListedView extends ViewAddress {
  readonly shown: boolean
}

/** Lists every view whose folder exists, with or without a ledger or profile. */
export function listViews(reader: StoreReader): ListedView[] {
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

/** Reports whether an interface sees packs that join `global`. */
export function followsGlobal(reader: StoreReader, ui: UiName): boolean {
  const top = reader.stack(ui).at(-1) ?? GLOBAL
  return (
    top === GLOBAL || (top.startsWith('work__') && reader.config().defaults.use_base === GLOBAL)
  )
}
