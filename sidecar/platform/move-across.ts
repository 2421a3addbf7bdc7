/** Moving from one volume to another: copied, flushed, published, and only then removed. */
import fs from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import * as calls from './disk-calls.ts'
import {
  ensureFolder,
  flushFolder,
  makeLink,
  nameTaken,
  publishOnce,
  removeEmptyFolder,
  removeName,
  temporaryBeside,
} from './disk.ts'
import { diskError } from './disk-error.ts'

const CHUNK_BYTES = 4 * 1024 * 1024

async function copyBytes(from: string, temporary: string, mode: number): Promise<void> {
  const source = await open(from, 'r')
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

async function copyTo(from: string, temporary: string): Promise<void> {
  const stat = fs.lstatSync(from)
  if (stat.isSymbolicLink()) {
    makeLink({ symbolic: fs.readlinkSync(from) }, temporary)
    return
  }
  await copyBytes(from, temporary, stat.mode & 0o7777)
  calls.setModified(temporary, stat.mtimeMs)
}

/** Says whether two files hold the same bytes. @throws disk.* */
async function sameBytes(a: string, b: string): Promise<boolean> {
  if (fs.lstatSync(a).size !== fs.lstatSync(b).size) return false
  await using one = await open(a, 'r')
  await using other = await open(b, 'r')
  const [left, right] = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)]
  for (let at = 0; ;) {
    const { bytesRead } = await one.read(left, 0, CHUNK_BYTES, at)
    if (bytesRead === 0) return true
    await other.read(right, 0, CHUNK_BYTES, at)
    if (!left.subarray(0, bytesRead).equals(right.subarray(0, bytesRead))) return false
    at += bytesRead
  }
}

/** Says whether two paths lie on different volumes; the second need not exist. */
export function liesElsewhere(from: string, folder: string): boolean {
  const there = fs.statSync(folder, { bigint: true, throwIfNoEntry: false })
  return there !== undefined && fs.lstatSync(from, { bigint: true }).dev !== there.dev
}

/**
 * Moves a file to another volume without overwriting. One that an interrupted move has published
 * already is removed where it came from.
 * @returns false where something else stands at `path`
 * @throws disk.*
 */
export async function moveFileAcross(from: string, path: string): Promise<boolean> {
  try {
    if (nameTaken(path)) {
      if (!(await sameBytes(from, path))) return false
    } else {
      const temporary = temporaryBeside(path)
      await copyTo(from, temporary)
      await publishOnce(temporary, path)
    }
    await removeName(from)
    return true
  } catch (error) {
    throw diskError(error, path)
  }
}

/**
 * Moves a folder of small files to another volume, file by file; may be repeated.
 * @returns false where something else stands in the way of one of them
 * @throws disk.*
 */
export async function moveFolderAcross(from: string, path: string): Promise<boolean> {
  await ensureFolder(path)
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const move = entry.isDirectory() ? moveFolderAcross : moveFileAcross
    if (!(await move(join(from, entry.name), join(path, entry.name)))) return false
  }
  removeEmptyFolder(from)
  await flushFolder(join(from, '..'))
  return true
}
