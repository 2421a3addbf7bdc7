/** Copies that share their blocks with the original, where the volume can. */
import fs, { type BigIntStats } from 'node:fs'
import { dirname } from 'node:path'
import { cleanupOnError } from './cleanup-on-error.ts'
import * as calls from './disk-calls.ts'
import { diskError } from './disk-error.ts'
import {
  identityOf,
  isExpected,
  sameFile,
  sourceChanged,
  statSource,
  type FileIdentity,
} from './file-identity.ts'

// A FIFO that takes the file's place must not hang; Windows has neither flag.
const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = fs.constants as Partial<typeof fs.constants>
const OPEN_FLAGS = (O_RDONLY ?? 0) | O_NONBLOCK | O_NOFOLLOW

const SAMPLES = 16
const SAMPLE_BYTES = 4096

/** Errors of volumes that share no blocks, whatever the file. */
const VOLUMES_CANNOT = new Set(['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'ENOTTY', 'ENOSYS'])
const CANNOT_CLONE = new Set([...VOLUMES_CANNOT, 'EINVAL', 'EBADF'])

/** Pairs of volumes that share no blocks, and when that was seen; a number may be another volume's later. */
const failedAt = new Map<string, number>()
const RETRY_MS = 60_000

function volumesOf({ dev }: BigIntStats, temporary: string): string {
  const folder = fs.statSync(dirname(temporary), { bigint: true, throwIfNoEntry: false })
  return `${String(dev)} ${String(folder?.dev)}`
}

/** A failed attempt leaves a deleted inode behind, which slows ext4 for five seconds. */
function isKnownToFail(volumes: string): boolean {
  const failed = failedAt.get(volumes)
  return failed !== undefined && performance.now() - failed < RETRY_MS
}

/**
 * Makes `temporary`, which must not exist, share the blocks of `source`, and flushes it. Size and
 * sampled blocks are compared; computing its digest is up to the caller. A file at `source` other
 * than `expected` is refused.
 * @returns false where the volume cannot; then `temporary` does not exist
 * @throws import.source_not_found, import.not_a_file, import.source_changed, disk.*, EEXIST
 */
export async function cloneFile(
  source: string,
  temporary: string,
  expected?: FileIdentity,
): Promise<boolean> {
  const before = statSource(source)
  const volumes = volumesOf(before, temporary)
  if (isKnownToFail(volumes)) return false
  try {
    await cloneOpened(source, temporary, expected ?? identityOf(before))
  } catch (error) {
    const code = calls.errnoOf(error)
    if (!CANNOT_CLONE.has(code)) throw diskError(error, temporary)
    if (VOLUMES_CANNOT.has(code)) failedAt.set(volumes, performance.now())
    return false
  }
  return cleanupOnError(temporary, async () => {
    await flushWhole(temporary)
    const alike = sampledAlike(source, temporary, Number(before.size))
    if (!sameFile(before, statSource(source))) throw sourceChanged(source)
    if (!alike) calls.unlink(temporary)
    return alike
  })
}

/** Shares the blocks of an open file by its `/proc` name, where the system has one. */
async function cloneOpened(
  source: string,
  temporary: string,
  expected: FileIdentity,
): Promise<void> {
  const fd = fs.openSync(source, OPEN_FLAGS)
  try {
    if (!isExpected(fs.fstatSync(fd, { bigint: true }), expected)) throw sourceChanged(source)
    const opened = `/proc/self/fd/${String(fd)}`
    await calls.cloneBlocks(source, temporary, fs.existsSync(opened) ? opened : source)
  } finally {
    fs.closeSync(fd)
  }
}

async function flushWhole(path: string): Promise<void> {
  const file = calls.openToFlush(path)
  try {
    await calls.flushFile(file)
  } finally {
    calls.closeFile(file)
  }
}

function sampledAlike(a: string, b: string, size: number): boolean {
  if (fs.statSync(b).size !== size) return false
  const step = Math.max(1, Math.floor((size - SAMPLE_BYTES) / (SAMPLES - 1)))
  const starts = Array.from({ length: SAMPLES }, (_, index) => index * step)
  return starts.every((at) => at >= size || sampleAt(a, at).equals(sampleAt(b, at)))
}

function sampleAt(path: string, at: number): Buffer {
  const fd = fs.openSync(path, 'r')
  try {
    const sample = Buffer.alloc(SAMPLE_BYTES)
    return sample.subarray(0, fs.readSync(fd, sample, 0, SAMPLE_BYTES, at))
  } finally {
    fs.closeSync(fd)
  }
}
