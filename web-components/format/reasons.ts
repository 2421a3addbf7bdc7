/** Why a model is not shown. */
import type { Absent } from '../data/profiles.ts'
import { t, wordFor } from '../i18n/translate.ts'

/** Digests are shortened to so many characters. */
const SHORT_DIGEST = 12

/**
 * Returns the reason in plain words, with the command that helps in backticks where there is one.
 */
export function reasonOf({ reason, sha256 }: Absent): string {
  if (reason !== 'blocked' || sha256 === null) return wordFor('reason', reason)
  return t('reason.approve', { digest: sha256.slice(0, SHORT_DIGEST) })
}
