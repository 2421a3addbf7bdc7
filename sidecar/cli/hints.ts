/** Hints on what to do next, for errors without a hint. */
import { AppError, type ErrorCode } from '../../schemas/errors.ts'

/** The command that lists the valid names. */
const LISTED_BY: Readonly<Partial<Record<ErrorCode, string>>> = {
  'pack.not_found': 'synapse list',
  'profile.not_found': 'synapse profiles',
  'ui.not_found': 'synapse profiles status',
  'ui_set.not_found': 'synapse profiles status',
  'blob.not_found': 'synapse inventory',
  'job.not_found': 'synapse jobs',
  'journal.not_found': 'synapse journal',
  'trash.not_found': 'synapse trash list',
  'pairing.not_found': 'synapse pair',
  'session.not_found': 'synapse sessions',
}

/** Where to look after an error of this code in the command of this name. */
function whereToLook(code: ErrorCode, commandName: string): string | null {
  const listing = LISTED_BY[code]
  if (listing !== undefined) return `To list them: ${listing}`
  const byInput = /^(?:input|export|import)\.|\.not_found$/u.test(code)
  return byInput ? `See: synapse help ${commandName}` : null
}

/** Returns the error with a hint, if it has none and there is one. */
export function withHint(error: AppError, commandName: string): AppError {
  const hint = error.hint ?? whereToLook(error.code, commandName)
  if (hint === null || hint === error.hint) return error
  const { code, message, issues, details, cause } = error
  return new AppError(code, message, { hint, issues, details, cause })
}
