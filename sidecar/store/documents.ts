/** Reading the store's JSON documents: absent, good, broken or from the future. */
import fs from 'node:fs'
import * as v from 'valibot'
import { AppError, type Issue } from '../../schemas/errors.ts'
import { parseJson } from '../../schemas/json.ts'
import { errnoOf } from '../platform/disk-calls.ts'
import { diskError } from '../platform/disk-error.ts'

/** A family of documents and the newest version of it that we know. */
export interface DocumentKind<T extends v.GenericSchema> {
  readonly family: string
  readonly major: number
  readonly schema: T
}

/** Returns the text of a file, or null where there is none. @throws disk.* */
export function readText(path: string): string | null {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error))) return null
    if (errnoOf(error) === 'EISDIR') throw broken(path, 'is a folder')
    throw diskError(error, path)
  }
}

function broken(path: string, what: string, issues?: readonly Issue[]): AppError {
  return new AppError('store.document_broken', `${path} ${what}`, {
    hint: 'Fix the file by hand or restore it from git; nothing that may depend on it is deleted meanwhile.',
    issues,
  })
}

function assertKnownFormat(
  path: string,
  value: unknown,
  kind: DocumentKind<v.GenericSchema>,
): void {
  const named: unknown = (value as { schema?: unknown } | null)?.schema
  if (typeof named !== 'string') return
  const match = /^(?<family>.+)\.v(?<major>\d+)$/u.exec(named)
  if (match?.groups?.['family'] !== kind.family) return
  if (Number(match.groups['major']) <= kind.major) return
  throw new AppError('store.newer_format', `${path} has the format ${named}`, {
    hint: 'Update Synapse; this version leaves the file as it is.',
  })
}

/** Issues of a schema as paths and messages. */
function issuesOf(issues: readonly v.BaseIssue<unknown>[]): Issue[] {
  return issues.map((issue) => ({ path: v.getDotPath(issue) ?? '', message: issue.message }))
}

/**
 * Parses the text of a document.
 * @throws store.document_broken, store.newer_format
 */
export function parseDocument<T extends v.GenericSchema>(
  path: string,
  text: string,
  kind: DocumentKind<T>,
): v.InferOutput<T> {
  let value: unknown
  try {
    value = parseJson(text)
  } catch (error) {
    throw broken(path, `is not JSON: ${error instanceof Error ? error.message : ''}`)
  }
  if (Array.isArray(value)) throw broken(path, 'is a list, not an object')
  assertKnownFormat(path, value, kind)
  const result = v.safeParse(kind.schema, value)
  if (!result.success) {
    throw broken(path, 'does not have the form of its kind', issuesOf(result.issues))
  }
  return result.output
}

interface Held {
  readonly fingerprint: string
  readonly value: unknown
}

/** Reads documents and remembers them until their file changes. */
export class DocumentCache {
  readonly #held = new Map<string, Held>()
  readonly #empties = new Map<DocumentKind<v.GenericSchema>, unknown>()

  /**
   * The document at a path, or null where there is no file. Callers must not change it.
   * @throws store.document_broken, store.newer_format, disk.*
   */
  read<T extends v.GenericSchema>(path: string, kind: DocumentKind<T>): v.InferOutput<T> | null {
    const fingerprint = fileFingerprint(path)
    if (fingerprint === null) return null
    const held = this.#held.get(path)
    if (held?.fingerprint === fingerprint) return held.value
    const text = readText(path)
    if (text === null) return null
    const value = parseDocument(path, text, kind)
    this.#held.set(path, { fingerprint, value })
    return value
  }

  /** As {@link read}; without a file, the defaults of its schema: the same object each time. */
  readOrEmpty<T extends v.GenericSchema>(path: string, kind: DocumentKind<T>): v.InferOutput<T> {
    return this.read(path, kind) ?? this.#empty(kind)
  }

  #empty<T extends v.GenericSchema>(kind: DocumentKind<T>): v.InferOutput<T> {
    const held = this.#empties.get(kind) ?? v.parse(kind.schema, {})
    this.#empties.set(kind, held)
    return held
  }
}

/**
 * Returns a fingerprint of the state of a file (size, times and inode), without reading it; null
 * where there is no file.
 */
export function fileFingerprint(path: string): string | null {
  const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
  if (stat === undefined) return null
  return [stat.size, stat.mtimeNs, stat.ctimeNs, stat.ino].join('.')
}
