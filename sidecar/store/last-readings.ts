/** The newest reading of some copies, found without loading the whole ledger. */
import fs from 'node:fs'
import type { Sha256 } from '../../schemas/ids.ts'
import { StoreCopyRecord, type CopyReading } from '../../schemas/records.ts'
import { errnoOf } from '../platform/disk-calls.ts'
import { diskError } from '../platform/disk-error.ts'
import { parseLine } from './lines.ts'

const CHUNK_BYTES = 1024 * 1024
const DIGEST = /"sha256": ?"(?<sha256>[0-9a-f]{64})"/u

function* linesOf(fd: number): Generator<string> {
  const chunk = Buffer.alloc(CHUNK_BYTES)
  let rest = Buffer.alloc(0)
  for (;;) {
    const length = fs.readSync(fd, chunk, 0, CHUNK_BYTES, null)
    if (length === 0) return
    const bytes = Buffer.concat([rest, chunk.subarray(0, length)])
    const whole = bytes.lastIndexOf(0x0a) + 1
    yield* bytes.toString('utf8', 0, whole).split('\n')
    rest = Buffer.from(bytes.subarray(whole))
  }
}

/** Adds the last reading of each of `asked` that the ledger at `path` has. */
function addReadings(
  path: string,
  asked: ReadonlySet<string>,
  found: Map<Sha256, CopyReading>,
): void {
  let fd: number
  try {
    fd = fs.openSync(path, 'r')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return
    throw diskError(error, path)
  }
  try {
    for (const line of linesOf(fd)) {
      const sha256 = DIGEST.exec(line)?.groups?.['sha256']
      if (sha256 === undefined || !asked.has(sha256)) continue
      const record = parseLine(line, StoreCopyRecord)
      if (record?.event === 'read') found.set(record.sha256, record)
      else if (record?.event === 'gone') found.delete(record.sha256)
    }
  } finally {
    fs.closeSync(fd)
  }
}

/**
 * Returns the last reading of each of `wanted` in ledgers that follow one another; those without
 * any are left out. Reads the files in pieces, and parses only the lines about them.
 * @throws disk.*
 */
export function lastReadings(
  paths: readonly string[],
  wanted: readonly Sha256[],
): Map<Sha256, CopyReading> {
  const found = new Map<Sha256, CopyReading>()
  const asked = new Set<string>(wanted)
  for (const path of paths) addReadings(path, asked, found)
  return found
}
