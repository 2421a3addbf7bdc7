/**
 * Reading JSON Lines files, whose last line a crash may have torn. Files are read block by block:
 * neither a file nor a line needs more memory than a few blocks.
 */
import fs from 'node:fs'
import * as v from 'valibot'
import { parseJson } from '../../schemas/json.ts'
import { errnoOf } from '../platform/disk-calls.ts'
import { diskError } from '../platform/disk-error.ts'

const BLOCK_BYTES = 256 * 1024
/** A longer line is cut to this length. */
export const MAX_LINE_BYTES = 1024 * 1024
const NEWLINE = 0x0a

/** A line of a file. */
export interface RawLine {
  /** The offset of its first byte, and its length in bytes without the newline. */
  readonly offset: number
  readonly length: number
  /** Its text; only the first {@link MAX_LINE_BYTES} of a longer one. */
  readonly text: string
  readonly isWhole: boolean
  /** False for what follows the last newline. */
  readonly isFinished: boolean
}

/** The records of a file from some offset on, up to its last complete line. */
export interface LinesRead<T> {
  readonly records: T[]
  /** Where the next read begins. */
  readonly end: number
  /** The number of lines that are not records. */
  readonly broken: number
  /** True where bytes follow the last newline. */
  readonly isTorn: boolean
}

/** Opens a file for reading; null where there is none. @throws disk.* */
function openIfThere(path: string): number | null {
  try {
    return fs.openSync(path, 'r')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw diskError(error, path)
  }
}

/** Assembles a line that spans several blocks. */
class LineInParts {
  readonly #parts: Buffer[] = []
  #kept = 0
  #length = 0

  add(bytes: Buffer): void {
    this.#length += bytes.length
    const kept = bytes.subarray(0, MAX_LINE_BYTES - this.#kept)
    if (kept.length === 0) return
    this.#parts.push(Buffer.from(kept))
    this.#kept += kept.length
  }

  /** The line that ends with `last`; clears what was collected. */
  end(offset: number, last: Buffer, isFinished: boolean): RawLine {
    this.add(last)
    const text = Buffer.concat(this.#parts).toString('utf8')
    const isWhole = this.#length <= MAX_LINE_BYTES
    const line = { offset, length: this.#length, text, isWhole, isFinished }
    this.#parts.length = 0
    this.#kept = 0
    this.#length = 0
    return line
  }
}

/**
 * Returns the lines of a file from `offset` on; none where there is no file. What follows the last
 * newline comes last, as unfinished: a complete record, or what a crash left of one.
 * @throws disk.*
 */
export function* rawLines(path: string, offset = 0): Generator<RawLine> {
  const fd = openIfThere(path)
  if (fd === null) return
  try {
    const block = Buffer.allocUnsafe(BLOCK_BYTES)
    const parts = new LineInParts()
    let start = offset
    for (let at = offset; ;) {
      const read = fs.readSync(fd, block, 0, block.length, at)
      if (read === 0) break
      const bytes = block.subarray(0, read)
      let from = 0
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
        yield parts.end(start, bytes.subarray(from, end), true)
        from = end + 1
        start = at + from
      }
      parts.add(bytes.subarray(from))
      at += read
    }
    const last = parts.end(start, Buffer.alloc(0), false)
    if (last.length > 0) yield last
  } finally {
    fs.closeSync(fd)
  }
}

/**
 * Returns one line as text.
 * @throws disk.*, and an error of the system where it is longer than a string can be
 */
export function lineAt(path: string, offset: number, length: number): string {
  const fd = openIfThere(path)
  if (fd === null) return ''
  try {
    const bytes = Buffer.allocUnsafe(length)
    const read = fs.readSync(fd, bytes, 0, length, offset)
    return bytes.toString('utf8', 0, read)
  } finally {
    fs.closeSync(fd)
  }
}

/**
 * Reads the lines of a file from `offset` on; a missing file has none. Lines that are not JSON, do
 * not match the schema or are longer than {@link MAX_LINE_BYTES} are counted and skipped. A last
 * line without a newline counts where it is complete, and is read again from {@link LinesRead.end}.
 * @throws disk.*
 */
export function readLines<T extends v.GenericSchema>(
  path: string,
  schema: T,
  offset = 0,
): LinesRead<v.InferOutput<T>> {
  const records: v.InferOutput<T>[] = []
  let broken = 0
  let end = offset
  let isTorn = false
  for (const line of rawLines(path, offset)) {
    if (line.isFinished) end = line.offset + line.length + 1
    else isTorn = true
    if (line.length === 0) continue
    const record = line.isWhole ? parseLine(line.text, schema) : null
    if (record !== null) records.push(record)
    else if (line.isFinished) broken += 1
  }
  return { records, end, broken, isTorn }
}

/** Returns a line parsed by its schema; null where it is not JSON or does not match. */
export function parseLine<T extends v.GenericSchema>(
  line: string,
  schema: T,
): v.InferOutput<T> | null {
  try {
    const result = v.safeParse(schema, parseJson(line))
    return result.success ? result.output : null
  } catch {
    return null
  }
}
