/**
 * The thread that hashes. It takes one task at a time: to produce (read a file, compute BLAKE3, write
 * the copy if there is one) or to consume (compute SHA-256 of what another thread reads). A producer
 * without a consumer computes SHA-256 as well.
 */
import { createHash, type Hash } from 'node:crypto'
import fs, { type BigIntStats } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { Blake3Hasher } from '@napi-rs/blake-hash'
import { errnoOf, writePieces } from './disk-calls.ts'
import { identityOf, isExpected, sameFile, type FileIdentity } from './file-identity.ts'
import { HashRing, SLOT_BYTES } from './hash-ring.ts'

/** Reads the file at `path`; `target` is a descriptor that the bytes are written to as well. */
export interface ProduceTask {
  readonly role: 'produce'
  readonly ring: SharedArrayBuffer
  readonly path: string
  readonly hasConsumer: boolean
  readonly blake3: boolean
  readonly expected: FileIdentity | null
  readonly target: number | null
}

/** Hashes what the producer reads into the ring. */
export interface ConsumeTask {
  readonly role: 'consume'
  readonly ring: SharedArrayBuffer
}

/** A task that the pool gives a thread. */
export type HashTask = ProduceTask | ConsumeTask

/**
 * Why a task failed; `read` and `write` carry the system's name of the error. `touched`: only the
 * change time differs, so the bytes may or may not have changed.
 */
export interface HashFault {
  readonly kind: 'stopped' | 'changed' | 'touched' | 'not_a_file' | 'read' | 'write'
  readonly errno: string
}

/** The answer to a task; digests are in hexadecimal, null where not this thread's. */
export type HashReply =
  | { readonly fault: HashFault }
  | {
      readonly fault: null
      readonly sha256: string | null
      readonly blake3: string | null
      readonly identity: FileIdentity | null
    }

class Fault extends Error {
  readonly fault: HashFault

  constructor(kind: HashFault['kind'], errno = '') {
    super(kind)
    this.fault = { kind, errno }
  }
}

/** Runs a call on one side of the copy; names the side in what it throws. */
function on<T>(side: 'read' | 'write', call: () => T): T {
  try {
    return call()
  } catch (error) {
    if (errnoOf(error) === '') throw error
    throw new Fault(side, errnoOf(error))
  }
}

// A FIFO that replaces the file between `stat` and `open` must not hang; Windows has neither flag.
const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = fs.constants as Partial<typeof fs.constants>
const OPEN_FLAGS = (O_RDONLY ?? 0) | O_NONBLOCK | O_NOFOLLOW

/** A file that is read, and its state when it was opened. */
interface OpenedSource {
  readonly fd: number
  readonly before: BigIntStats
}

function openRegular(path: string, expected: FileIdentity | null): OpenedSource {
  const seen = on('read', () => fs.lstatSync(path, { bigint: true }))
  if (!seen.isFile()) throw new Fault('not_a_file')
  const fd = on('read', () => fs.openSync(path, OPEN_FLAGS))
  const before = fs.fstatSync(fd, { bigint: true })
  if (before.isFile() && isExpected(before, expected)) return { fd, before }
  fs.closeSync(fd)
  throw new Fault(before.isFile() ? 'changed' : 'not_a_file')
}

function requireUnchanged(path: string, { fd, before }: OpenedSource, read: number): void {
  const open = on('read', () => fs.fstatSync(fd, { bigint: true }))
  const named = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false })
  const same = named !== undefined && sameFile(before, open) && sameFile(before, named)
  if (!same || BigInt(read) !== before.size) throw new Fault('changed')
  if (open.ctimeNs !== before.ctimeNs) throw new Fault('touched')
}

function writeAll(target: number, bytes: Uint8Array, at: number): void {
  on('write', () => {
    writePieces(target, bytes, at)
  })
}

/** Passes the file through the ring and each buffer to `use`. Returns how many bytes were read. */
function readThrough(
  { fd, before }: OpenedSource,
  ring: HashRing,
  use: (bytes: Buffer, at: number) => void,
): number {
  const size = Number(before.size)
  for (let at = 0; ;) {
    const slot = ring.claim()
    if (slot === null) throw new Fault('stopped')
    const length = on('read', () => fs.readSync(fd, slot, 0, SLOT_BYTES, at))
    if (length === 0) return at
    ring.fill(length)
    use(slot.subarray(0, length), at)
    at += length
    // A file that grows as fast as it is read would never end.
    if (at > size) throw new Fault('changed')
  }
}

function produce(task: ProduceTask): HashReply {
  const ring = new HashRing(task.ring)
  const opened = openRegular(task.path, task.expected)
  const blake3 = task.blake3 ? new Blake3Hasher() : null
  const sha256 = task.hasConsumer ? null : createHash('sha256')
  try {
    const read = readThrough(opened, ring, (bytes, at) => {
      if (task.target !== null) writeAll(task.target, bytes, at)
      blake3?.update(bytes)
      if (sha256 !== null) drain(sha256, bytes, ring)
    })
    requireUnchanged(task.path, opened, read)
  } finally {
    fs.closeSync(opened.fd)
  }
  ring.end()
  return {
    fault: null,
    sha256: sha256?.digest('hex') ?? null,
    blake3: blake3?.digest() ?? null,
    identity: identityOf(opened.before),
  }
}

function drain(sha256: Hash, bytes: Uint8Array, ring: HashRing): void {
  sha256.update(bytes)
  ring.free()
}

function consume(task: ConsumeTask): HashReply {
  const ring = new HashRing(task.ring)
  const sha256 = createHash('sha256')
  let hashed = 0
  for (let bytes = ring.next(); bytes !== null; bytes = ring.next()) {
    hashed += bytes.length
    drain(sha256, bytes, ring)
  }
  if (ring.stopped) throw new Fault('stopped')
  // A digest of only a part would name the model for ever.
  if (hashed !== ring.bytesDone) throw new Error('Bytes were left out of a digest')
  return { fault: null, sha256: sha256.digest('hex'), blake3: null, identity: null }
}

function runTask(task: HashTask): HashReply {
  try {
    return task.role === 'produce' ? produce(task) : consume(task)
  } catch (error) {
    new HashRing(task.ring).stop()
    if (error instanceof Fault) return { fault: error.fault }
    throw error
  }
}

parentPort?.on('message', (task: HashTask) => {
  parentPort?.postMessage(runTask(task))
})
