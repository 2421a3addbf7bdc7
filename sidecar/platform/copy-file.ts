/** Durable copies whose digests are known at the end, for one read of the source. */
import fs from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { AppError } from '../../schemas/errors.ts'
import { cleanupOnError } from './cleanup-on-error.ts'
import { cloneFile } from './clone-file.ts'
import * as calls from './disk-calls.ts'
import { diskError } from './disk-error.ts'
import { identityOf, statSource } from './file-identity.ts'
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
const FLUSH_EVERY_BYTES = 32 * MB
const FLUSH_PAUSE_MS = 10

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
  const before = statSource(source)
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

function createTemporary(path: string): calls.OpenFile {
  try {
    return calls.createFile(path)
  } catch (error) {
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
