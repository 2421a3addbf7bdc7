/** Writing bytes that arrive piece by piece: the file is whole and flushed, or it is not there. */
import * as calls from './disk-calls.ts'
import { diskError } from './disk-error.ts'

/**
 * Makes `path`, which must not exist, a flushed file of what `bytes` yields. After a failure it is
 * gone. Its folder is not flushed: the file has no final name yet.
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
