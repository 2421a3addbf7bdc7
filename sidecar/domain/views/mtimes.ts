/** Mtimes for folders of views, each used once in the whole store. */
import { documentText, parseJson } from '../../../schemas/json.ts'
import { replaceFile } from '../../platform/disk.ts'
import type { StoreTx } from '../../store/store-tx.ts'

/**
 * Allocates `count` times that no folder of any view has had: later than now and than all earlier
 * ones, one millisecond (or the volume's step) apart. Interfaces detect a changed folder by its
 * mtime alone.
 * @throws disk.*
 */
export async function allocateMtimes(tx: StoreTx, step: number, count: number): Promise<number[]> {
  if (count === 0) return []
  const width = Math.max(1, Math.ceil(step))
  const first = Math.ceil(Math.max(tx.now(), lastMtime(tx)) / width + 1) * width
  const mtimes = Array.from({ length: count }, (_one, index) => first + index * width)
  const last = mtimes.at(-1) ?? first
  await replaceFile(tx.paths.lastMtime, documentText({ last_stamp: last }))
  return mtimes
}

function lastMtime(tx: StoreTx): number {
  const text = tx.text(tx.paths.lastMtime)
  const written = text === null ? 0 : readMtime(text)
  return written > 0 ? written : highestKnown(tx)
}

function readMtime(text: string): number {
  try {
    const value = parseJson(text) as { last_stamp?: unknown } | null
    return typeof value?.last_stamp === 'number' ? value.last_stamp : 0
  } catch {
    return 0
  }
}

function highestKnown(tx: StoreTx): number {
  const mtimes = tx
    .uisWithViews()
    .flatMap((ui) =>
      tx
        .knownViews(ui)
        .flatMap((profile) => [...(tx.knownView(ui, profile)?.mtimes.values() ?? [])]),
    )
  return mtimes.reduce((highest, mtime) => Math.max(highest, mtime), 0)
}
