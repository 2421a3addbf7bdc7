/** Durable copies whose digests are known at the end, for one read of the source. */
import fs, { type BigIntStats } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { AppError } from '../../schemas/errors.ts'
import * as calls from './disk-calls.ts'
import { diskError } from './disk-error.ts'
import {
  identityOf,
  isExpected,
  notAFile,
  sameFile,
  sourceChanged,
  sourceError,
  type FileIdentity,
} from './file-identity.ts'
import type { Digests, HashOptions, HashPool } from './hash-pool.ts'

/** How to copy. */
export interface CopyOptions extends HashOptions {
  /** False: the caller flushes the copy before it is published. */
  readonly flush?: boolean | undefined
}

/** The digests of a copy, the identity of its source, and how the copy was made. */
export interface CopyResult extends Digests {
  readonly how: 'reflink' | 'copied'
}

/** From a source to a file that must not exist yet. */
export interface CopyPaths {
  readonly source: string
  readonly temporary: string
}

const MB = 1_000_000
const MAX_SPARE_BYTES = 64 * MB
const SPARE_SHARE = 0.01
const FLUSH_EVERY_BYTES = 64 * MB
const FLUSH_PAUSE_MS = 20
const SAMPLES = 16
const SAMPLE_BYTES = 4096

// A FIFO that takes the file's place must not hang; Windows has neither flag.
const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = fs.constants as Partial<typeof fs.constants>
const OPEN_FLAGS = (O_RDONLY ?? 0) | O_NONBLOCK | O_NOFOLLOW

const flushData = promisify(fs.fdatasync)

/**
 * Makes `temporary`, which must not exist, a complete copy of the regular file `source`, flushed
 * unless `flush` is false: by sharing its blocks where the volume can, else by writing what is read
 * for hashing. The identity in the result is that of the source. After a failure `temporary` is
 * gone.
 * @throws import.source_not_found, import.not_a_file, import.source_changed, job.cancelled
 * @throws disk.full before anything is written, if there is not enough space
 * @throws disk.*, EEXIST, ENOENT where the folder of `temporary` is missing
 */
export async function copyHashed(
  pool: HashPool,
  { source, temporary }: CopyPaths,
  options: CopyOptions = {},
): Promise<CopyResult> {
  const before = lookAt(source)
  if (await cloneFile(source, temporary, options.expected)) {
    return cleanupOnError(temporary, async () => {
      const digests = await pool.hash(temporary, { ...options, expected: undefined })
      return { ...digests, ...identityOf(before), how: 'reflink' }
    })
  }
  requireSpace(dirname(temporary), Number(before.size))
  const file = createTemporary(temporary)
  return cleanupOnError(temporary, async () => {
    const digests = await copyInto(pool, { source, file }, options)
    return { ...digests, how: 'copied' }
  })
}

function lookAt(path: string): BigIntStats {
  let stat: BigIntStats
  try {
    stat = fs.lstatSync(path, { bigint: true })
  } catch (error) {
    throw sourceError(error, path)
  }
  if (!stat.isFile()) throw notAFile(path)
  return stat
}

function createTemporary(path: string): calls.OpenFile {
  try {
    return calls.createFile(path)
  } catch (error) {
    throw diskError(error, path)
  }
}

async function cleanupOnError<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    try {
      calls.unlink(path)
    } catch {
      // The first error says more; `clean` finds what is left.
    }
    throw diskError(error, path)
  }
}

/**
 * Throws if the volume of `folder` has less free space than `bytes` plus a margin (64 MB, or 1 % of
 * a small volume). A volume that does not report its size passes.
 * @throws disk.full
 */
export function requireSpace(folder: string, bytes: number): void {
  const { bsize, blocks, bavail } = fs.statfsSync(folder)
  if (blocks === 0) return
  const free = bavail * bsize
  const needed = bytes + Math.min(MAX_SPARE_BYTES, Math.ceil(blocks * bsize * SPARE_SHARE))
  if (free >= needed) return
  throw new AppError('disk.full', `${folder}: ${inMb(needed)} are needed, ${inMb(free)} are free`, {
    hint: `Free ${inMb(needed - free)} on this disk, then repeat.`,
    details: { needed_bytes: needed, free_bytes: free },
  })
}

function inMb(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`
}

/** A copy whose file exists and is still empty. */
interface BegunCopy {
  readonly source: string
  readonly file: calls.OpenFile
}

async function copyInto(pool: HashPool, copy: BegunCopy, options: CopyOptions): Promise<Digests> {
  if (options.flush === false) return copyUnflushed(pool, copy, options)
  const { source, file } = copy
  const copied = new AbortController()
  const flushing = flushAlong(file.fd, copied.signal)
  // Thrown by the `await` below; until then it must not count as unhandled.
  flushing.catch(() => undefined)
  try {
    calls.emit({ op: 'copy', from: source, path: file.path })
    const digests = await pool.copy(source, file, options)
    copied.abort()
    await flushing
    await calls.flushFile(file)
    return digests
  } finally {
    copied.abort()
    await Promise.allSettled([flushing])
    calls.closeFile(file)
  }
}

async function copyUnflushed(
  pool: HashPool,
  { source, file }: BegunCopy,
  options: HashOptions,
): Promise<Digests> {
  try {
    calls.emit({ op: 'copy', from: source, path: file.path })
    return await pool.copy(source, file, options)
  } finally {
    calls.closeFile(file)
  }
}

/**
 * Flushes what has been written so far, repeatedly until `copied`: little is left for the final
 * flush, and a big copy does not fill the memory with dirty pages. The observer is not notified,
 * since nothing depends on these flushes; but the system reports a failed write only once, so an
 * error thrown here must fail the copy.
 */
async function flushAlong(fd: number, copied: AbortSignal): Promise<void> {
  for (let flushed = 0; !copied.aborted;) {
    const { size } = fs.fstatSync(fd)
    if (size - flushed >= FLUSH_EVERY_BYTES) {
      await flushData(fd)
      flushed = size
    } else {
      await sleep(FLUSH_PAUSE_MS, undefined, { signal: copied }).catch(() => undefined)
    }
  }
}

const CANNOT_CLONE = new Set([
  'ENOTSUP',
  'EOPNOTSUPP',
  'EXDEV',
  'ENOTTY',
  'EINVAL',
  'ENOSYS',
  'EBADF',
])

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
  const before = lookAt(source)
  try {
    await cloneOpened(source, temporary, expected ?? identityOf(before))
  } catch (error) {
    if (CANNOT_CLONE.has(calls.errnoOf(error))) return false
    throw diskError(error, temporary)
  }
  return cleanupOnError(temporary, async () => {
    await flushWhole(temporary)
    const alike = sampledAlike(source, temporary, Number(before.size))
    if (!sameFile(before, lookAt(source))) throw sourceChanged(source)
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
