/** Parses the bytes of a request's body: strict JSON, checked by its schema. */
import * as v from 'valibot'
import type { BodyLimit } from '../../../schemas/endpoints/endpoint.ts'
import { AppError, type Issue } from '../../../schemas/errors.ts'
import type { Json } from '../../../schemas/json.ts'
import { illFormedAt, scanJson, type ScanFault } from '../../../schemas/json-scan.ts'
import { invalidInput, issuesOf } from '../to-problem.ts'

const DEEPEST = 64
/**
 * For a value with more parts than this only the first fault is reported: finding all costs too
 * much.
 */
const MAX_PARTS_HERE = 5000

/** Concatenates pieces into one new buffer. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

const malformed = (detail: string, cause?: unknown) =>
  new AppError('input.malformed', detail.slice(0, 300), { cause })

function refuse(fault: ScanFault, limit: BodyLimit): never {
  switch (fault.fault) {
    case 'too_many_values':
      throw new AppError('input.too_large', `The body holds more than ${limit.values} values`)
    case 'too_deep':
      throw malformed(`The body is nested deeper than ${DEEPEST} levels`)
    case 'key_twice':
      throw malformed(`The key "${fault.key}" appears twice`)
    case 'key_forbidden':
      throw malformed(`The key "${fault.key}" is not allowed`)
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw malformed('The body is not valid UTF-8')
  }
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    const detail = error instanceof SyntaxError ? error.message : 'The body is not valid JSON'
    throw malformed(detail, error)
  }
}

/**
 * Reads bytes as JSON. Time and memory are linear in the bytes, and bounded by the limit before any
 * value is created.
 * @throws input.malformed, input.too_large
 */
export function readJson(bytes: Uint8Array, limit: BodyLimit): Json {
  const fault = scanJson(bytes, { values: limit.values, depth: DEEPEST })
  if (fault !== null) refuse(fault, limit)
  return parse(decode(bytes))
}

/** Returns the value as an object. @throws input.invalid */
export function requireObject(value: unknown): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw invalidInput([{ path: '', message: 'The body must be an object' }])
  }
  return value as Record<string, unknown>
}

function isSmall(value: unknown): boolean {
  const waiting: unknown[] = [value]
  for (let seen = 0; waiting.length > 0; seen += 1) {
    const held = waiting.pop()
    const parts: unknown[] = held !== null && typeof held === 'object' ? Object.values(held) : []
    if (seen + waiting.length + parts.length > MAX_PARTS_HERE) return false
    waiting.push(...parts)
  }
  return true
}

/**
 * Checks a value by a schema, in time linear in the value even if all of it is wrong.
 * @throws input.invalid with an issue for each field that is wrong
 */
export function checkInput(schema: v.GenericSchema, value: unknown): unknown {
  const first = v.safeParse(schema, value, { abortEarly: true })
  if (!first.success) {
    const { issues } = isSmall(value) ? v.safeParse(schema, value) : first
    throw invalidInput(issuesOf(issues ?? first.issues))
  }
  const issues = listIssues(value, first.output, '')
  if (issues.length > 0) throw invalidInput(issues)
  const half = illFormedAt(value)
  if (half !== null) throw invalidInput([{ path: half, message: 'Not valid Unicode' }])
  return first.output
}

/** Finds lists in place of objects: valibot accepts them as objects without keys. */
function listIssues(given: unknown, taken: unknown, path: string): Issue[] {
  if (given === null || typeof given !== 'object' || taken === null || typeof taken !== 'object') {
    return []
  }
  if (Array.isArray(given) !== Array.isArray(taken)) {
    return [{ path, message: 'Expected an object but received a list' }]
  }
  const issues: Issue[] = []
  for (const [key, held] of Object.entries(taken)) {
    if (held === null || typeof held !== 'object' || !Object.hasOwn(given, key)) continue
    const below = (given as Record<string, unknown>)[key]
    issues.push(...listIssues(below, held, path ? `${path}.${key}` : key))
  }
  return issues
}
