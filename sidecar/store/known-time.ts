/**
 * The newest time that a store knows of, and jumps of the clock beyond it. A clock that is wrong
 * for an hour must not expire what is in the trash.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { documentText, parseJson } from '../../schemas/json.ts'
import { replaceFile } from '../platform/disk.ts'
import { readText } from './documents.ts'
import type { StorePaths } from './store-paths.ts'

const TAIL_BYTES = 64 * 1024
/**
 * Files of the journal that are inspected: the clock may have been wrong at the turn of a month.
 */
const TAIL_FILES = 3
const AT = /"at":\s*"(?<at>\d{4}-[^"]{6,30})"/gu

function tailOf(path: string): string {
  const fd = fs.openSync(path, 'r')
  try {
    const size = fs.fstatSync(fd).size
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES))
    return bytes.toString('utf8', 0, fs.readSync(fd, bytes, 0, bytes.length, size - bytes.length))
  } finally {
    fs.closeSync(fd)
  }
}

/** The time of the last records of a file, or its mtime where they are longer than its tail. */
function lastTime(path: string): number {
  const times = [...tailOf(path).matchAll(AT)].map((match) =>
    Date.parse(match.groups?.['at'] ?? ''),
  )
  const known = times.filter((time) => !Number.isNaN(time))
  return known.length > 0 ? Math.max(...known) : fs.statSync(path).mtimeMs
}

function journalTime({ journal }: StorePaths): number {
  if (!fs.existsSync(journal)) return 0
  const names = fs.readdirSync(journal).filter((name) => name.endsWith('.jsonl'))
  const last = names.sort().slice(-TAIL_FILES)
  return Math.max(0, ...last.map((name) => lastTime(join(journal, name))))
}

function readAs<T extends v.GenericSchema>(path: string, schema: T): v.InferOutput<T> | null {
  try {
    const read = v.safeParse(schema, parseJson(readText(path) ?? 'null'))
    return read.success ? read.output : null
  } catch {
    return null
  }
}

/**
 * Returns the newest time of the journal and of the folders of views, milliseconds since 1970; 0
 * where there is none.
 */
export function newestKnownTime(paths: StorePaths): number {
  const last = readAs(paths.lastMtime, v.looseObject({ last_stamp: v.number() }))
  return Math.max(journalTime(paths), last?.last_stamp ?? 0)
}

/** Returns the time that the clock showed when a jump was found; null where none was. */
export function knownJump(paths: StorePaths): number | null {
  return readAs(paths.clock, v.looseObject({ jumped_at: v.number() }))?.jumped_at ?? null
}

/** Records that the clock has jumped to `now`. Needs the lock. @throws disk.* */
export async function rememberJump(paths: StorePaths, now: number): Promise<void> {
  await replaceFile(paths.clock, documentText({ schema: 'synapse.clock.v1', jumped_at: now }))
}
