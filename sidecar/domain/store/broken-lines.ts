/** Lines of journal, ledgers of links, digests and proofs that are no records: told, never dropped. */
import type { Finding } from '../../../schemas/store.ts'
import type { Index } from '../../index/index-file.ts'
import type { BrokenLines } from '../../index/sources.ts'
import type { StoreReader } from '../../store/store-reader.ts'

/** What knows of broken lines. */
export interface LinesContext {
  readonly index: Pick<Index, 'brokenLines'>
}

function brokenLinkLines(reader: StoreReader): BrokenLines[] {
  return reader.uisWithViews().flatMap((ui) =>
    reader.knownViews(ui).flatMap((profile) => {
      const lines = reader.knownView(ui, profile)?.broken ?? 0
      const path = reader.paths.place(reader.paths.linkLedger(ui, profile))
      return lines === 0 ? [] : [{ path, lines }]
    }),
  )
}

/** Every file of lines in which some are no records. */
export function brokenLines(reader: StoreReader, { index }: LinesContext): BrokenLines[] {
  return [...index.brokenLines(), ...brokenLinkLines(reader)]
}

const countText = (lines: number) =>
  lines === 1 ? '1 line cannot be read' : `${String(lines)} lines cannot be read`

/** What status says of them. */
export function brokenLineNotes(reader: StoreReader, ctx: LinesContext): string[] {
  return brokenLines(reader, ctx).map(
    ({ path, lines }) => `${path}: ${countText(lines)}; nothing else of it is lost.`,
  )
}

/** What doctor says of them. */
export function checkLines(examination: {
  readonly reader: StoreReader
  readonly ctx: LinesContext
}): Finding[] {
  return brokenLines(examination.reader, examination.ctx).map(({ path, lines }) => ({
    check: 'lines',
    severity: 'warning',
    message: `${countText(lines)} and is passed over; the others are used`,
    path,
    repairable: false,
    repaired: false,
  }))
}
