/** Broken lines of the journal and of ledgers: reported, never dropped. */
import type { Finding } from '../../../schemas/store.ts'
import type { ProfileName, UiName } from '../../../schemas/ids.ts'
import type { Index } from '../../index/index-file.ts'
import type { BrokenLines } from '../../index/sources.ts'
import type { StoreReader } from '../../store/store-reader.ts'

/** The sources of broken lines. */
export interface LinesContext {
  readonly index: Pick<Index, 'brokenLines'>
}

/** The views of an interface to look at. */
type ViewsOf = (ui: UiName) => readonly ProfileName[]

function brokenLinkLines(reader: StoreReader, viewsOf: ViewsOf): BrokenLines[] {
  return reader.uisWithViews().flatMap((ui) =>
    viewsOf(ui).flatMap((profile) => {
      const lines = reader.knownView(ui, profile)?.broken ?? 0
      const path = reader.paths.relative(reader.paths.linkLedger(ui, profile))
      return lines === 0 ? [] : [{ path, lines }]
    }),
  )
}

/** Every file with lines that are not records; ledgers of links only for these views. */
function brokenLines(
  reader: StoreReader,
  { index }: LinesContext,
  viewsOf: ViewsOf,
): BrokenLines[] {
  return [...index.brokenLines(), ...brokenLinkLines(reader, viewsOf)]
}

const countText = (lines: number) =>
  lines === 1 ? '1 line cannot be read' : `${String(lines)} lines cannot be read`

/** Returns the notes of status on them; for views only the active ones, which it reads anyway. */
export function brokenLineNotes(reader: StoreReader, ctx: LinesContext): string[] {
  const shown = (ui: UiName) =>
    reader.knownViews(ui).filter((name) => name === reader.activeProfile(ui))
  return brokenLines(reader, ctx, shown).map(
    ({ path, lines }) => `${path}: ${countText(lines)}; nothing else of it is lost.`,
  )
}

/** Returns the findings of doctor on them. */
export function checkLines(examination: {
  readonly reader: StoreReader
  readonly ctx: LinesContext
}): Finding[] {
  const { reader, ctx } = examination
  return brokenLines(reader, ctx, (ui) => reader.knownViews(ui)).map(({ path, lines }) => ({
    check: 'lines',
    severity: 'warning',
    message: `${countText(lines)} and is skipped; the others are used`,
    path,
    repairable: false,
    repaired: false,
  }))
}
