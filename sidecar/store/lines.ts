/** Reading JSON Lines files, whose last line a crash may have torn. */
import fs from 'node:fs'
import * as v from 'valibot'
import { parseJson } from '../../schemas/json.ts'
import { errnoOf } from '../platform/disk-calls.ts'
import { diskError } from '../platform/disk-error.ts'

/** What stands in a file from some offset on, up to its last whole line. */
export interface LinesRead<T> {
  readonly records: T[]
  /** Where the next read begins. */
  readonly end: number
  /** Lines that are not what they should be. */
  readonly broken: number
}

function bytesFrom(path: string, offset: number): Buffer {
  let fd: number
  try {
    fd = fs.openSync(path, 'r')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return Buffer.alloc(0)
    throw diskError(error, path)
  }
  try {
    const size = Math.max(0, fs.fstatSync(fd).size - offset)
    const bytes = Buffer.alloc(size)
    const read = size === 0 ? 0 : fs.readSync(fd, bytes, 0, size, offset)
    return bytes.subarray(0, read)
  } finally {
    fs.closeSync(fd)
  }
}

/**
 * Reads the whole lines of a file from `offset` on; a file that is not there has none. Lines that
 * are no JSON or not of the schema are counted and passed over.
 * @throws disk.*
 */
export function readLines<T extends v.GenericSchema>(
  path: string,
  schema: T,
  offset = 0,
): LinesRead<v.InferOutput<T>> {
  const bytes = bytesFrom(path, offset)
  const whole = bytes.lastIndexOf(0x0a) + 1
  const records: v.InferOutput<T>[] = []
  let broken = 0
  for (const line of bytes.toString('utf8', 0, whole).split('\n')) {
    if (line === '') continue
    const record = parseLine(line, schema)
    if (record === null) broken += 1
    else records.push(record)
  }
  return { records, end: offset + whole, broken }
}

/** A line as its schema says; null where it is no JSON or not of the schema. */
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
