/** Programs that write to a file, pause as if they had died, and go on. */
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { digestAt } from '../seen.ts'
import { letRest, sha256Of, type Sandbox } from '../sandbox.ts'
import { choose, viewEntries } from './choices.ts'
import type { Memory } from './memory.ts'

/** Begins a download among the user's own files or in a view. */
export function beginDownload(sandbox: Sandbox, memory: Memory, a: number, b: number): void {
  const folders = viewEntries(sandbox.root).filter(({ kind }) => kind === 'folder')
  const view = choose(folders, a, undefined)
  const inView = b % 2 === 0 && view !== undefined
  const folder = inView ? view.absolute : join(sandbox.outside, 'new/loras')
  const path = join(folder, `download ${String(b % 6)}.safetensors`)
  if (fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined) return
  fs.mkdirSync(dirname(path), { recursive: true })
  const fd = fs.openSync(path, 'wx')
  const half = Buffer.from(`first half of ${String(a)} ${String(b)}\n`.repeat(20))
  fs.writeSync(fd, half)
  letRest(path)
  memory.downloads.push({ fd, path, inView })
  if (inView) memory.keep(sha256Of(half))
  else memory.before.own.set(path, sha256Of(half))
}

/** Writes the rest of a download through the file that is open, wherever that lies by now. */
export function endDownload(_sandbox: Sandbox, memory: Memory, a: number, b: number): void {
  const download = choose(memory.downloads, a, undefined)
  if (download === undefined) return
  memory.downloads.splice(memory.downloads.indexOf(download), 1)
  const half = sha256Of(readOpen(download.fd))
  if (!download.inView && memory.before.own.get(download.path) !== half) {
    // The user has discarded the file meanwhile, or saved another one in its place.
    fs.closeSync(download.fd)
    return
  }
  fs.writeSync(download.fd, Buffer.from(`second half ${String(b)}\n`.repeat(20)))
  fs.fsyncSync(download.fd)
  const whole = sha256Of(readOpen(download.fd))
  fs.closeSync(download.fd)
  if (download.inView) {
    memory.forget(half)
    memory.keep(whole)
    return
  }
  const there = fs.existsSync(download.path) && digestAt(download.path) === whole
  memory.before.own.set(download.path, whole)
  if (!there) memory.before.held.add(whole)
}

function readOpen(fd: number): Buffer {
  const { size } = fs.fstatSync(fd)
  const bytes = Buffer.alloc(size)
  const other = fs.openSync(`/proc/self/fd/${String(fd)}`, 'r')
  try {
    fs.readSync(other, bytes, 0, size, 0)
  } finally {
    fs.closeSync(other)
  }
  return bytes
}

/** Closes what was not ended. */
export function closeDownloads(memory: Memory): void {
  for (const { fd } of memory.downloads.splice(0)) fs.closeSync(fd)
}
