/** Keeps secrets out of logs and problems. */
import { isErrorCode } from '../../../schemas/errors.ts'

const SECRET_KEY =
  /^(?:authorization|code|cookie|login|password|secret|token|.*_(?:code|key|password|secret|token))$/iu
const BEARER = /\bBearer\s+[\w.~+/=-]+/giu
const URL_TAIL = /(\bhttps?:\/\/[^\s?#"'<>]*[?#])[^\s"'<>]*/giu
const SECRET_PAIR = /\b((?:\w*(?:code|login|secret|signature|token)|api_?key)=)[^\s&"'#]+/giu
const MAX_TEXT = 4000
const DEEPEST = 8

/**
 * Returns `text` without bearer tokens, queries and fragments of URLs, and `token=…` pairs; cut if
 * long.
 */
export function redactText(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text
  return cut.replace(BEARER, 'Bearer …').replace(URL_TAIL, '$1…').replace(SECRET_PAIR, '$1…')
}

function redactPair(key: string, value: unknown, depth: number): unknown {
  if (!SECRET_KEY.test(key) || typeof value !== 'string') return redactAt(value, depth)
  return key === 'code' && isErrorCode(value) ? value : '…'
}

function redactError(error: Error, depth: number): unknown {
  const own = { name: error.name, message: redactText(error.message) }
  const stack = redactText(error.stack ?? '')
  return error.cause === undefined
    ? { ...own, stack }
    : { ...own, stack, cause: redactAt(error.cause, depth) }
}

function redactAt(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value === 'bigint') return String(value)
  if (value === null || typeof value !== 'object') return value
  if (depth === 0) return '…'
  if (value instanceof Error) return redactError(value, depth - 1)
  if (Array.isArray(value)) return value.map((item) => redactAt(item, depth - 1))
  const pairs = Object.entries(value)
  return Object.fromEntries(pairs.map(([key, held]) => [key, redactPair(key, held, depth - 1)]))
}

/**
 * Returns `value` in a form that is safe to log: errors as name, message, stack and cause; values
 * of keys that name secrets replaced by `…` (error codes stay); texts by {@link redactText}.
 */
export function redact(value: unknown): unknown {
  return redactAt(value, DEEPEST)
}
