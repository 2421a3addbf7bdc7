/** Maps errors to problem documents. */
import * as v from 'valibot'
import { AppError, ERRORS, isAppError, type ErrorCode, type Issue } from '../../schemas/errors.ts'
import type { Problem } from '../../schemas/jobs.ts'
import { errnoOf } from '../platform/disk-calls.ts'
import { diskErrorAt } from '../platform/disk-error.ts'
import { redactText } from './log/redact.ts'

const MAX_ISSUES = 50
const MAX_MESSAGE = 300

function wordsOf({ type, expected, received, message }: v.BaseIssue<unknown>): string {
  const isUnknown = type === 'strict_object' && expected === 'never'
  return isUnknown ? `Unknown field ${received}` : message
}

/** Returns the issues of schemas as fields and sentences; at most fifty. */
export function issuesOf(found: readonly v.BaseIssue<unknown>[]): Issue[] {
  return found.slice(0, MAX_ISSUES).map((issue) => ({
    path: v.getDotPath(issue) ?? '',
    message: wordsOf(issue).slice(0, MAX_MESSAGE),
  }))
}

/** Returns the error of invalid input; `where` is put before each path: `body`, `query`. */
export function invalidInput(issues: readonly Issue[], detail?: string): AppError {
  const [first] = issues
  const where = first === undefined || first.path === '' ? '' : `${first.path}: `
  return new AppError('input.invalid', detail ?? `${where}${first?.message ?? 'Not valid'}`, {
    issues,
  })
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

/** Hono's own errors: thrown for requests that it cannot handle. */
function isClientFault(error: unknown): error is Error & { status: number } {
  if (!(error instanceof Error) || !('status' in error)) return false
  return typeof error.status === 'number' && error.status >= 400 && error.status < 500
}

const CLIENT_FAULTS: Readonly<Record<number, ErrorCode>> = {
  404: 'route.not_found',
  405: 'route.method_not_allowed',
  413: 'input.too_large',
  415: 'input.unsupported_type',
}

function fromClientFault(error: Error & { status: number }): AppError {
  const code = CLIENT_FAULTS[error.status] ?? 'input.malformed'
  return new AppError(code, 'The request cannot be read', { cause: error })
}

/**
 * Returns the {@link AppError} for any error: itself, `input.*`, `disk.*`, `job.cancelled`, or
 * `internal`, which reveals nothing and keeps the error as its cause.
 */
export function toAppError(error: unknown): AppError {
  if (isAppError(error)) return error
  if (v.isValiError(error)) return invalidInput(issuesOf(error.issues))
  if (isAbort(error)) return new AppError('job.cancelled', 'Stopped on request', { cause: error })
  if (isClientFault(error)) return fromClientFault(error)
  if (errnoOf(error) !== '') {
    const path = error instanceof Error && 'path' in error ? String(error.path) : 'The disk'
    const mapped = diskErrorAt(error, path)
    if (isAppError(mapped)) return mapped
  }
  return new AppError('internal', 'Something went wrong inside Synapse.', {
    hint: 'The service log says what; repeating may help.',
    cause: error,
  })
}

/** Reports whether an error is unexpected: then the log gets its stack trace. */
export function isUnexpected(error: unknown): boolean {
  const { code } = toAppError(error)
  return code === 'internal' || (code === 'disk.vanished' && !isAppError(error))
}

/**
 * Returns the problem document of an error (RFC 9457), its type `urn:synapse:error:<code>`. It
 * contains no secrets, and no details of an unexpected error.
 */
export function toProblem(error: unknown): Problem {
  const { code, message, hint, issues, details } = toAppError(error)
  const { status, title } = ERRORS[code]
  return {
    type: `urn:synapse:error:${code}`,
    title,
    status,
    detail: redactText(message),
    code,
    ...(hint === undefined ? {} : { hint }),
    ...(issues === undefined ? {} : { issues: issues.map((issue) => ({ ...issue })) }),
    ...(details === undefined ? {} : { details: { ...details } }),
  }
}
