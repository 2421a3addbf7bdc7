/** The first bytes of a file. */
import fs from 'node:fs'
import { notAFile, sourceError } from './file-identity.ts'

const { O_RDONLY, O_NONBLOCK = 0 } = fs.constants as Partial<typeof fs.constants>

/**
 * Returns up to `bytes` of a regular file from its beginning; fewer where it is shorter.
 * @throws import.source_not_found, import.not_a_file, disk.*
 */
export function readHead(path: string, bytes: number): Uint8Array {
  let fd: number | null = null
  try {
    fd = fs.openSync(path, (O_RDONLY ?? 0) | O_NONBLOCK)
    if (!fs.fstatSync(fd).isFile()) throw notAFile(path)
    const head = Buffer.alloc(bytes)
    return head.subarray(0, readFully(fd, head))
  } catch (error) {
    throw sourceError(error, path)
  } finally {
    if (fd !== null) fs.closeSync(fd)
  }
}

function readFully(fd: number, into: Buffer): number {
  let filled = 0
  for (;;) {
    const read = fs.readSync(fd, into, filled, into.length - filled, filled)
    filled += read
    if (read === 0 || filled === into.length) return filled
  }
}
