/** Reads the append-only ledgers: proofs of copies, recorded sizes, files of locations. */
import fs from 'node:fs'
import type { StoreReader } from '../store/store-reader.ts'
import type { IndexDatabase } from './database.ts'
import type { AppendedLedger } from './appended-ledger.ts'
import { allLedgers } from './ledger-rows.ts'
import { saveState, savedState, type BrokenLines, type RefreshContext } from './sources.ts'

const BLOCK_BYTES = 32 * 1024

/** How far a ledger was read: the file, and up to which byte. */
interface ReadSoFar {
  readonly ino: string
  readonly size: string
  readonly mtime: string
  readonly end: number
  /** Lines before `end` that are not records. */
  readonly broken: number
}

function stateOf(path: string): ReadSoFar | null {
  const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
  if (stat === undefined) return null
  const { ino, size, mtimeNs: mtime } = stat
  return { ino: String(ino), size: String(size), mtime: String(mtime), end: 0, broken: 0 }
}

/** Reports whether a ledger is the one that was read before, possibly grown. */
function isContinued(before: ReadSoFar, now: ReadSoFar): boolean {
  if (before.ino !== now.ino) return false
  const same = before.size === now.size && before.mtime === now.mtime
  return same || Number(now.size) > Number(before.size)
}

/** Complete lines from an offset on: a block of them, or one line that is longer than a block. */
function readBlock(path: string, offset: number, bytes = BLOCK_BYTES): Buffer {
  const fd = fs.openSync(path, 'r')
  try {
    const block = Buffer.alloc(bytes)
    const read = fs.readSync(fd, block, 0, bytes, offset)
    const whole = block.subarray(0, read).lastIndexOf(0x0a) + 1
    if (whole === 0 && read === bytes) return readBlock(path, offset, bytes * 4)
    return block.subarray(0, whole)
  } finally {
    fs.closeSync(fd)
  }
}

/** One file of a ledger: as it was read before, and as it is now. */
interface LedgerFile {
  readonly path: string
  readonly name: string
  readonly before: ReadSoFar | null
  readonly now: ReadSoFar | null
}

type Reading = Pick<RefreshContext, 'db' | 'reader'>

function filesOf({ db, reader }: Reading, { source, paths }: AppendedLedger): LedgerFile[] {
  return paths.map((path) => {
    const name = reader.paths.relative(path)
    const known = savedState(db, { source, name })
    const before = known === null ? null : (JSON.parse(known) as ReadSoFar)
    return { path, name, before, now: stateOf(path) }
  })
}

/** Reports whether a file has grown since; an unfinished line may follow what was read. */
const hasGrown = ({ before, now }: LedgerFile) => Number(now?.size ?? 0) > Number(before?.size ?? 0)

const hasUnread = ({ before, now }: LedgerFile) => Number(now?.size ?? 0) > (before?.end ?? 0)

/**
 * Reports whether earlier reads are still valid: no file was replaced, and none grew after a later
 * one was read.
 */
function isStillTrue(files: readonly LedgerFile[]): boolean {
  return files.every((file, index) => {
    const { before, now } = file
    if (before !== null && (now === null || !isContinued(before, now))) return false
    return !hasGrown(file) || files.slice(index + 1).every((later) => later.before === null)
  })
}

/** @returns whether there were complete lines */
function takeBlock(
  { db, mark }: RefreshContext,
  { source, take }: AppendedLedger,
  { path, name, before, now }: LedgerFile,
): boolean {
  const offset = before?.end ?? 0
  const block = readBlock(path, offset)
  let broken = before?.broken ?? 0
  for (const line of block.toString('utf8').split('\n')) {
    const items = line === '' ? [] : take(db, line)
    if (items === null) broken += 1
    for (const item of items ?? []) mark(item)
  }
  const state = { ...now, end: offset + block.length, broken }
  saveState(db, { source, name }, JSON.stringify(state))
  return block.length > 0
}

/** Reads one block. @returns whether there may be more to read */
function refreshLedger(ctx: RefreshContext, ledger: AppendedLedger): boolean {
  let files = filesOf(ctx, ledger)
  if (!isStillTrue(files)) {
    forgetLedger(ctx, ledger)
    files = filesOf(ctx, ledger)
  }
  return files.filter(hasUnread).some((file) => takeBlock(ctx, ledger, file))
}

/** Forgets the content of a ledger, and that it was ever read. */
export function forgetLedger({ db, reader, mark }: RefreshContext, ledger: AppendedLedger): void {
  ledger.forget(db, mark)
  for (const path of ledger.paths) {
    saveState(db, { source: ledger.source, name: reader.paths.relative(path) }, null)
  }
}

/** Forgets the content of all ledgers; yields after each. */
export function* forgetLedgers(ctx: RefreshContext): Generator<void> {
  for (const ledger of allLedgers(ctx)) {
    forgetLedger(ctx, ledger)
    yield
  }
}

/**
 * Reads a block of each ledger, from where the last read ended. The last line about a copy or file
 * counts. If a file was replaced or truncated, its ledger is read from the beginning.
 * @returns whether there may be more to read
 */
export function refreshLedgers(ctx: RefreshContext): boolean {
  return allLedgers(ctx)
    .map((ledger) => refreshLedger(ctx, ledger))
    .includes(true)
}

/** Returns the lines of the ledgers that are not records, by path in the store. */
export function brokenLedgerLines(db: IndexDatabase, reader: StoreReader): BrokenLines[] {
  return allLedgers({ db, reader }).flatMap((ledger) =>
    filesOf({ db, reader }, ledger).flatMap(({ name, before }) =>
      before === null || before.broken === 0 ? [] : [{ path: name, lines: before.broken }],
    ),
  )
}
