/**
 * Writes bytes that arrive piece by piece: the file is complete and flushed, or it does not exist.
 */
import * as calls from './disk-calls.ts'
import { diskError } from './disk-error.ts'

/**
 * Writes what `bytes` yields to `path`, which must not exist, and flushes it. After a failure the
 * file is gone. Its folder is not flushed: the name is not final yet.
 * @returns how many bytes were written
 * @throws what `bytes` throws; disk.*, EEXIST, ENOENT where the folder is missing
 */
export async function writeStream(path: string, bytes: AsyncIterable<Uint8Array>): Promise<number> {
  const file = createFile(path)
  let written = 0
  try {
    try {
      for await (const piece of bytes) {
        calls.writeBytes(file, piece, written)
        written += piece.length
      }
      await calls.flushFile(file)
    } finally {
      calls.closeFile(file)
    }
    return written
  } catch (error) {
    remove(path)
    throw diskError(error, path)
  }
}

function createFile(path: string): calls.OpenFile {
  try {
    return calls.createFile(path)
  } catch (error) {
    throw diskError(error, path)
  }
}

function remove(path: string): void {
  try {
    calls.unlink(path)
  } catch {
    // The first error says more; `clean` finds what is left.
  }
}
