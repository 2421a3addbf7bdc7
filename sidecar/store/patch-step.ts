/**
 * Steps that change a document, as the journal keeps them: digests of the text before and after and
 * what turns one into the other, so that an edit of a big document is a short record.
 */
import { createHash } from 'node:crypto'
import { AppError } from '../../schemas/errors.ts'
import { applyDelta, deltaBetween, isWholeText, type TextDelta } from './text-delta.ts'
import type { StorePath } from './store-paths.ts'

/** Replaces the text of a document; null: there is no document. */
export interface WriteStep {
  readonly do: 'write'
  readonly path: StorePath
  readonly before: string | null
  readonly after: string | null
}

/** A {@link WriteStep} without the texts. */
export interface PatchStep {
  readonly do: 'patch'
  readonly path: StorePath
  /** SHA-256 of the text before and after; null: there is no document. */
  readonly from: string | null
  readonly to: string | null
  /** The deltas from the text before to the one after, and back. */
  readonly forward: TextDelta
  readonly back: TextDelta
}

/** Returns SHA-256 of a text, in hexadecimal digits; null where there is none. */
export function textDigest(text: string | null): string | null {
  return text === null ? null : createHash('sha256').update(text).digest('hex')
}

/** Returns a write step as the journal keeps it. */
export function patchOf({ path, before, after }: WriteStep): PatchStep {
  return {
    do: 'patch',
    path,
    from: textDigest(before),
    to: textDigest(after),
    forward: after === null ? [] : deltaBetween(before ?? '', after),
    back: before === null ? [] : deltaBetween(after ?? '', before),
  }
}

/** Returns the inverse of a patch. */
export function reversePatch(step: PatchStep): PatchStep {
  return { ...step, from: step.to, to: step.from, forward: step.back, back: step.forward }
}

/**
 * Reports whether a path is that of a record of the trash: a damaged or missing one blocks
 * nothing.
 */
export function isTrashRecord(path: StorePath): boolean {
  return /^data\/(?:blobs\/\.)?trash\/[^/]+\/entry\.json$/u.test(path)
}

/**
 * Returns the text of a document after a patch; a patch that is already applied changes nothing.
 * @throws view.path_taken where the document has changed since
 */
export function patched(step: PatchStep, now: string | null): string | null {
  const digest = textDigest(now)
  if (digest === step.to) return now
  if (step.to === null && isTrashRecord(step.path)) return null
  const isKnown = digest === step.from || (now === null && isWholeText(step.forward))
  if (!isKnown) throw changedSince(step.path)
  if (step.to === null) return null
  const text = applyDelta(now ?? '', step.forward)
  if (textDigest(text) !== step.to) throw changedSince(step.path)
  return text
}

function changedSince(path: StorePath): AppError {
  return new AppError('view.path_taken', `${path} was changed since`, {
    hint: 'Look at what stands there now, then repeat.',
  })
}
