/** The newest proof of some blobs, found without holding the ledger of all of them. */
import fs from 'node:fs'
import * as v from 'valibot'
import type { Sha256 } from '../../schemas/ids.ts'
import { parseJson } from '../../schemas/json.ts'
import { ProofRecord } from '../../schemas/records.ts'
import { errnoOf } from '../platform/disk-calls.ts'
import { diskError } from '../platform/disk-error.ts'

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

function proofIn(line: string): ProofRecord | null {
  try {
    const read = v.safeParse(ProofRecord, parseJson(line))
    return read.success ? read.output : null
  } catch {
    return null
  }
}

/**
 * The last proof of each of `wanted` in the ledger at `path`; those without any are left out. Reads
 * the file in pieces, and parses only the lines about them.
 * @throws disk.*
 */
export function lastProofs(path: string, wanted: readonly Sha256[]): Map<Sha256, ProofRecord> {
  const found = new Map<Sha256, ProofRecord>()
  const asked = new Set<string>(wanted)
  let fd: number
  try {
    fd = fs.openSync(path, 'r')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return found
    throw diskError(error, path)
  }
  try {
    for (const line of linesOf(fd)) {
      const sha256 = DIGEST.exec(line)?.groups?.['sha256']
      if (sha256 === undefined || !asked.has(sha256)) continue
      const proof = proofIn(line)
      if (proof !== null) found.set(proof.sha256, proof)
    }
  } finally {
    fs.closeSync(fd)
  }
  return found
}
