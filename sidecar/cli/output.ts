/** Prints answers and errors: for people, or as JSON. */
import { ERRORS, type AppError } from '../../schemas/errors.ts'
import { toAppError, toProblem } from '../app/to-problem.ts'
import type { Output } from './terminal.ts'

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34 } as const

/** A style of text. */
export type Style = keyof typeof STYLES

/** What a renderer knows of its output. */
export interface View {
  readonly width: number
  paint(style: Style, text: string): string
  /** The same value without terminal control and bidirectional characters. */
  clean<T>(value: T): T
}

const STEERING = /(?!\n)[\p{Cc}\p{Bidi_Control}]/gu

function cleanValue(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(STEERING, '\ufffd')
  if (Array.isArray(value)) return value.map(cleanValue)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).map(([key, held]) => [cleanValue(key), cleanValue(held)])
  return Object.fromEntries(entries) as unknown
}

/** Returns the view of an output: colours only on a terminal that wants them. */
export function viewOf(output: Output): View {
  return {
    width: output.width,
    paint: (style, text) =>
      output.color && text !== '' ? `\u001b[${String(STYLES[style])}m${text}\u001b[0m` : text,
    clean: <T>(value: T) => cleanValue(value) as T,
  }
}

/** Writes an answer's body as one line of JSON. */
export function printJson(output: Output, body: unknown): void {
  if (body !== undefined) output.write(`${JSON.stringify(body)}\n`)
}

/** Writes text and ends it with one line break; an empty text writes nothing. */
export function printText(output: Output, text: string): void {
  if (text !== '') output.write(text.endsWith('\n') ? text : `${text}\n`)
}

function errorLines(error: AppError, view: View): string {
  const lines = (error.issues ?? []).map(({ path, message }) => `${path}: ${message}`)
  const issues = lines.filter((line) => line !== error.message).map((line) => `  ${line}`)
  const [detail = '', ...rest]: string[] = view.clean([error.message, ...issues, error.hint ?? ''])
  return [`${view.paint('red', 'synapse:')} ${detail}`, ...rest].filter(Boolean).join('\n')
}

/** An internal error is printed with its stack trace, which a bug report needs. */
function traceOf({ code, cause }: AppError): string {
  return code === 'internal' && cause instanceof Error ? (cause.stack ?? '') : ''
}

/** Prints an error on `output` and returns the exit code of its row in the table. */
export function reportError(thrown: unknown, output: Output, json: boolean): number {
  const error = toAppError(thrown)
  const view = viewOf(output)
  if (json) printJson(output, toProblem(error))
  else {
    printText(output, errorLines(error, view))
    printText(output, view.paint('dim', view.clean(traceOf(error))))
  }
  return ERRORS[error.code].exit
}
