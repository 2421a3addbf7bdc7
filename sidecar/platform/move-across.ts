/** Moves across volumes: copied, flushed, compared, published, and only then removed. */
import fs from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError } from '../../schemas/errors.ts'
import type { SeenFile } from '../../schemas/records.ts'
import * as calls from './disk-calls.ts'
import { publishOnce, removeName } from './disk.ts'
import { temporaryBeside } from './temporary-names.ts'
import { nameTaken } from './name-taken.ts'
import { makeLink } from './links.ts'
import { flushFolder } from './folders.ts'
import { removeEmptyFolder } from './folders.ts'
import { ensureFolder } from './folders.ts'
import { diskError } from './disk-error.ts'
import {
  identityAt,
  isSameInode,
  isUnchanged,
  assertUnchanged,
  seenFile,
  sourceChanged,
} from './file-identity.ts'
import { removeDuplicate } from './remove-duplicate.ts'

const CHUNK_BYTES = 4 * 1024 * 1024
const { O_RDONLY, O_NOFOLLOW = 0 } = fs.constants as Partial<typeof fs.constants>
const OPEN_FLAGS = (O_RDONLY ?? 0) | O_NOFOLLOW

async function copyBytes(from: string, temporary: string, mode: number): Promise<void> {
  const source = await open(from, OPEN_FLAGS)
  const target = calls.createFile(temporary, mode)
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    for (let at = 0; ;) {
      const { bytesRead } = await source.read(chunk, 0, CHUNK_BYTES, at)
      if (bytesRead === 0) break
      calls.writeBytes(target, chunk.subarray(0, bytesRead), at)
      at += bytesRead
    }
    await calls.flushFile(target)
  } finally {
    calls.closeFile(target)
    await source.close()
  }
}

/**
 * Makes `temporary`, which must not exist, a flushed copy of the regular file `from`, with its mode
 * and modification time. After a failure its content is undefined.
 * @throws disk.*, EEXIST
 */
export async function copyWhole(from: string, temporary: string): Promise<void> {
  await copyTo(from, temporary)
}

async function copyTo(from: string, temporary: string): Promise<void> {
  const stat = fs.lstatSync(from)
  if (stat.isSymbolicLink()) {
    makeLink({ symbolic: fs.readlinkSync(from) }, temporary)
    return
  }
  await copyBytes(from, temporary, stat.mode & 0o7777)
  calls.setModified(temporary, stat.mtimeMs)
}

/** Reports whether two regular files, links not followed, hold the same bytes. @throws disk.* */
async function sameBytes(a: string, b: string): Promise<boolean> {
  const [one, other] = [fs.lstatSync(a), fs.lstatSync(b)]
  if (!one.isFile() || !other.isFile() || one.size !== other.size) return false
  await using left = await open(a, OPEN_FLAGS)
  await using right = await open(b, OPEN_FLAGS)
  const chunks = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)] as const
  for (let at = 0; ;) {
    const { bytesRead } = await left.read(chunks[0], 0, CHUNK_BYTES, at)
    if (bytesRead === 0) return true
    await right.read(chunks[1], 0, CHUNK_BYTES, at)
    if (!chunks[0].subarray(0, bytesRead).equals(chunks[1].subarray(0, bytesRead))) return false
    at += bytesRead
  }
}

/**
 * Reports whether `other` is another path to our folder `folder`: checked with a fresh name in it,
 * since a cache answers for names that it knows.
 */
function isSameFolder(folder: string, other: string): boolean {
  const trial = temporaryBeside(join(folder, 'folder-trial'))
  calls.closeFile(calls.createFile(trial))
  try {
    return nameTaken(join(other, basename(trial)))
  } finally {
    calls.unlink(trial)
  }
}

/**
 * Reports whether `from`, in a folder of ours, may be removed because `path` has the same bytes: as
 * another file, or as a second name of the same file.
 * @throws disk.*
 */
export async function isHeldAt(from: string, path: string): Promise<boolean> {
  const [one, other] = [identityAt(from), identityAt(path)]
  if (one === null || other === null || isSameFolder(dirname(from), dirname(path))) return false
  if (isSameInode(one, other)) return fs.lstatSync(from).nlink > 1
  return sameLink(from, path) || (await sameBytes(from, path))
}

function sameLink(a: string, b: string): boolean {
  const bothLinks = [a, b].every((path) => fs.lstatSync(path).isSymbolicLink())
  return bothLinks && fs.readlinkSync(a) === fs.readlinkSync(b)
}

/**
 * Moves a file to a place that no rename can reach, without overwriting. If an interrupted move has
 * already published our file, only its old name is removed.
 * @param aside set if the file at `from` belongs to the user: the name it gets before it is
 * removed, as the journal records it; see {@link removeDuplicate}
 * @returns false where `path` is taken
 * @throws import.source_changed, blob.integrity_mismatch, disk.*
 */
export async function moveAcrossVolumes(
  from: string,
  path: string,
  aside?: string,
): Promise<boolean> {
  try {
    if (nameTaken(path)) {
      if (aside !== undefined || !(await isHeldAt(from, path))) return false
      await removeName(from)
      return true
    }
    const seen = await copyAcross(from, path)
    if (seen === null) return false
    if (aside === undefined) await removeUnchanged(from, seen)
    else await removePersons({ path: from, copy: path, aside, seen })
    return true
  } catch (error) {
    throw diskError(error, path)
  }
}

/** @returns the source as it was copied; null where `path` exists */
async function copyAcross(from: string, path: string): Promise<SeenFile | null> {
  const before = identityAt(from)
  if (before === null) throw new AppError('blob.not_found', `${from} is gone`)
  const temporary = temporaryBeside(path)
  try {
    await copyTo(from, temporary)
    if (fs.lstatSync(temporary).isFile() && !(await sameBytes(from, temporary))) {
      throw new AppError('blob.integrity_mismatch', `${path} does not read back as it was written`)
    }
    assertUnchanged(from, seenFile(before))
    return (await publishOnce(temporary, path)) ? seenFile(before) : null
  } catch (error) {
    if (nameTaken(temporary)) await removeName(temporary, false)
    throw error
  }
}

async function removeUnchanged(from: string, seen: SeenFile): Promise<void> {
  const now = identityAt(from)
  if (now !== null && !isUnchanged(now, seen)) throw sourceChanged(from)
  await removeName(from)
}

/** A user's file to remove, and the copy that was made of it. */
interface CopiedAway {
  readonly path: string
  readonly copy: string
  readonly aside: string
  readonly seen: SeenFile
}

async function removePersons({ path, copy, aside, seen }: CopiedAway): Promise<void> {
  const there = identityAt(copy)
  if (there === null) throw new AppError('blob.not_found', `${copy} is gone`)
  const outcome = removeDuplicate({ path, aside, seen, copy, copy_seen: seenFile(there) })
  await flushFolder(dirname(path))
  if (outcome !== 'removed' && outcome !== 'gone') throw sourceChanged(path)
}

/**
 * Moves a folder of small files to another volume, file by file; may be repeated.
 * @returns false where one of their names is taken
 * @throws disk.*
 */
export async function moveFolderAcross(from: string, path: string): Promise<boolean> {
  await ensureFolder(path)
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const move = entry.isDirectory() ? moveFolderAcross : moveAcrossVolumes
    if (!(await move(join(from, entry.name), join(path, entry.name)))) return false
  }
  removeEmptyFolder(from)
  await flushFolder(join(from, '..'))
  return true
}
