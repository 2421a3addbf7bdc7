/** One interface: which blobs it sees now. */
import fs from 'node:fs'
import type { ProfileName, UiName } from '../../schemas/ids.ts'
import { fileFingerprint } from '../store/documents.ts'
import { ACTIVE_SLOT } from '../store/store-paths.ts'
import type { StoreReader } from '../store/store-reader.ts'
import type { IndexDatabase } from './database.ts'
import { saveState, keepUnreadable, knownNames, type RefreshContext } from './sources.ts'
import { statement } from './statement.ts'

interface Seen {
  readonly ui: string
  readonly sha256: string
}

const SEEING = statement((q) => q.selectFrom('visible').select('ui').distinct())
const SEEN = statement((q, given: { ui: string }) =>
  q.selectFrom('visible').select('sha256').where('ui', '=', given.ui),
)
const HIDE = statement((q, { ui, sha256 }: Seen) =>
  q.deleteFrom('visible').where('sha256', '=', sha256).where('ui', '=', ui),
)
const SHOW = statement((q, { ui, sha256 }: Seen) => q.insertInto('visible').values({ ui, sha256 }))

/** The name of the ledger of an interface's active view; null where there is none. */
function slotOf(reader: StoreReader, ui: UiName): ProfileName | null {
  const active = fs.lstatSync(reader.paths.active(ui), { throwIfNoEntry: false })
  if (active?.isDirectory() === true) return ACTIVE_SLOT
  try {
    return reader.stack(ui).at(-1) ?? null
  } catch {
    return null
  }
}

function slotFingerprint(reader: StoreReader, ui: UiName, slot: ProfileName | null): string | null {
  const ledger = slot === null ? null : fileFingerprint(reader.paths.linkLedger(ui, slot))
  return ledger === null ? null : `${slot ?? ''}|${ledger}`
}

/** Returns a fingerprint of an interface's view; null where it has none. */
export function viewFingerprint(reader: StoreReader, ui: UiName): string | null {
  return slotFingerprint(reader, ui, slotOf(reader, ui))
}

/** Returns interfaces that may have a view, or had one. */
export function uisToCheck(db: IndexDatabase, reader: StoreReader): UiName[] {
  const seeing = db.all(SEEING).map((row) => row.ui)
  const names = new Set([...reader.uisWithViews(), ...knownNames(db, 'view'), ...seeing])
  return [...names].sort() as UiName[]
}

function seenBy(reader: StoreReader, ui: UiName, slot: ProfileName | null): Set<string> {
  const view = slot === null ? null : reader.knownView(ui, slot)
  return new Set(Array.from(view?.links.values() ?? [], (link) => link.sha256))
}

/** Updates which blobs an interface sees: the links of its active view, by their ledger. */
export function refreshView(db: IndexDatabase, reader: StoreReader, ui: UiName): void {
  const slot = slotOf(reader, ui)
  const fingerprint = slotFingerprint(reader, ui, slot)
  const now = seenBy(reader, ui, slot)
  const before = new Set(db.all(SEEN, { ui }).map((row) => row.sha256))
  for (const sha256 of before.difference(now)) db.run(HIDE, { ui, sha256 })
  for (const sha256 of now.difference(before)) db.run(SHOW, { ui, sha256 })
  saveState(db, { source: 'view', name: ui }, fingerprint)
}

/** Notes whether `runtime.json` can be read; it does not refer to blobs. */
export function refreshRuntime(ctx: RefreshContext): void {
  const { reader } = ctx
  const path = reader.paths.relative(reader.paths.runtime)
  try {
    reader.runtime()
    keepUnreadable(ctx, [path], [])
  } catch {
    keepUnreadable(ctx, [path], [{ path, refers: false }])
  }
}
