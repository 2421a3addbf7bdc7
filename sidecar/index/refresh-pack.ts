/** Reads the two documents of a pack into the table of references. */
import type { PackName } from '../../schemas/ids.ts'
import type { Dependency, Lock, Pack } from '../../schemas/pack.ts'
import { errnoOf } from '../platform/disk-calls.ts'
import { fileFingerprint } from '../store/documents.ts'
import { digestOf, givenName, kindOfFile } from '../store/pack-lock-entries.ts'
import type { StoreReader } from '../store/store-reader.ts'
import { saveState, keepUnreadable, type RefreshContext, type Unreadable } from './sources.ts'
import type { RefRow } from './rows.ts'
import { statement } from './statement.ts'

/** The fingerprint of a document, or the errno of one whose state cannot be read. */
function fingerprintOrErrno(path: string): string | null {
  try {
    return fileFingerprint(path)
  } catch (error) {
    return errnoOf(error)
  }
}

/** Returns a fingerprint of a pack's documents; null where it has none. */
export function packFingerprint(reader: StoreReader, name: PackName): string | null {
  const pack = fingerprintOrErrno(reader.paths.pack(name))
  const lock = fingerprintOrErrno(reader.paths.packLock(name))
  return pack === null && lock === null ? null : `${pack ?? ''}|${lock ?? ''}`
}

function sizeOf(size: number | null | undefined): number | null {
  return typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : null
}

/** The references of a pack: entries of its lock that have a digest, in the lock's order. */
function refsOf(name: string, pack: Pack | null, lock: Lock | null): RefRow[] {
  const dependencies = new Map<string, Dependency>()
  for (const one of pack?.dependencies ?? []) {
    if (!dependencies.has(one.id)) dependencies.set(one.id, one)
  }
  return (lock?.resolved ?? []).flatMap((entry, ordinal) => {
    const sha256 = digestOf(entry)
    if (sha256 === null) return []
    const dependency = dependencies.get(entry.dependency_id)
    return {
      pack: name,
      ordinal,
      dependency_id: entry.dependency_id,
      sha256,
      filename: givenName(dependency, entry),
      kind: kindOfFile(dependency, entry),
      size_bytes: sizeOf(entry.artifact.size_bytes),
    }
  })
}

const REFS = statement((q, given: { pack: string }) =>
  q.selectFrom('refs').selectAll().where('pack', '=', given.pack).orderBy('ordinal'),
)
const REMOVE = statement((q, given: { pack: string }) =>
  q.deleteFrom('refs').where('pack', '=', given.pack),
)
const ADD = statement((q, given: RefRow) =>
  q.insertInto('refs').values({
    pack: given.pack,
    ordinal: given.ordinal,
    dependency_id: given.dependency_id,
    sha256: given.sha256,
    filename: given.filename,
    kind: given.kind,
    size_bytes: given.size_bytes,
  }),
)

function replaceRefs({ db, mark }: RefreshContext, name: string, refs: readonly RefRow[]): void {
  const before = db.all(REFS, { pack: name })
  if (JSON.stringify(before) === JSON.stringify(refs)) return
  db.run(REMOVE, { pack: name })
  for (const ref of refs) db.run(ADD, ref)
  for (const ref of [...before, ...refs]) mark(ref.sha256)
}

/**
 * Indexes a pack as it is on disk; one that is gone loses its rows. Marks every blob that it refers
 * to or did. A document that cannot be read is noted and treated as absent.
 */
export function refreshPack(ctx: RefreshContext, name: PackName): void {
  const { db, reader } = ctx
  const fingerprint = packFingerprint(reader, name)
  const broken: Unreadable[] = []
  const read = <T>(path: string, document: () => T): T | null => {
    try {
      return document()
    } catch {
      broken.push({ path: reader.paths.relative(path), refers: true })
      return null
    }
  }
  const documents = [reader.paths.pack(name), reader.paths.packLock(name)] as const
  const pack = read(documents[0], () => reader.pack(name))
  const lock = read(documents[1], () => reader.lock(name))
  replaceRefs(ctx, name, refsOf(name, pack, lock))
  const paths = documents.map((path) => reader.paths.relative(path))
  keepUnreadable(ctx, paths, broken)
  saveState(db, { source: 'pack', name }, fingerprint)
}
