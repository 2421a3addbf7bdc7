/**
 * Which files other programs hold open for writing. A file of which somebody still writes cannot be
 * renamed into the store: the writer would go on writing into the blob.
 */
import fs, { type BigIntStats } from 'node:fs'
import { basename } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { errnoOf } from './disk-calls.ts'

/** The open writers of this machine at one moment. */
export interface OpenWriters {
  /** False where the system cannot tell: then only time and later looks can. */
  readonly tells: boolean
  /** Reports whether a program holds the file at `path` open for writing, or has it mapped so. */
  holds(path: string): boolean
}

const TURN_MS = 8
/** Owner's write bit of `/proc/<pid>/fd/<n>`: the descriptor is open for writing. */
const WRITABLE = 0o200n
/** A shared mapping that may be written to, in `/proc/<pid>/maps`. */
const SHARED_WRITABLE =
  /^(?<range>[0-9a-f]+-[0-9a-f]+) .w.s \S+ \S+ (?<inode>\d+)\s+(?<path>\/.*)$/u
/** In `/proc/<pid>/fdinfo/<n>`, since Linux 5.14. */
const INODE = /^ino:\s*(?<inode>\d+)$/mu
const OTHERS = new Set(['EACCES', 'EPERM'])

/** libuv's flag that opens a file on Windows and shares it with nobody. */
const UV_FS_O_EXLOCK = 0x1000_0000
const SHARED_WITH_OTHERS = new Set(['EBUSY', 'EPERM', 'EACCES'])

/**
 * Looks at all processes that may be looked at. Takes turns with other work, and asks no file
 * system: a descriptor of a mount that hangs would hang its visitor too.
 */
export async function findOpenWriters(): Promise<OpenWriters> {
  if (process.platform === 'win32') return { tells: true, holds: isSharedOnWindows }
  if (process.platform !== 'linux' || !fs.existsSync('/proc/self/fd')) {
    return { tells: false, holds: () => false }
  }
  const opened = await openedFiles()
  return { tells: true, holds: (path) => isOpened(path, opened) }
}

/** Paths below `/proc` that lead to files which are open for writing. */
class OpenedFiles {
  readonly #byInode = new Map<string, string[]>()
  readonly #byName = new Map<string, string[]>()

  add(procPath: string, inode: string | undefined, path: string): void {
    put(this.#byName, basename(path), procPath)
    if (inode !== undefined) put(this.#byInode, inode, procPath)
  }

  /** Those that may be the file: some file systems tell a process another inode than `stat`. */
  alike(name: string, inode: bigint): string[] {
    return [...(this.#byInode.get(String(inode)) ?? []), ...(this.#byName.get(name) ?? [])]
  }
}

function put(map: Map<string, string[]>, key: string, value: string): void {
  const there = map.get(key)
  if (there === undefined) map.set(key, [value])
  else there.push(value)
}

function isOpened(path: string, opened: OpenedFiles): boolean {
  const file = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
  if (file === undefined || file.ino === 0n) return false
  return opened.alike(basename(path), file.ino).some((procPath) => {
    const other = statOrNull(procPath)
    return other !== null && other.ino === file.ino && other.dev === file.dev
  })
}

function statOrNull(path: string): BigIntStats | null {
  try {
    return fs.statSync(path, { bigint: true })
  } catch {
    return null
  }
}

async function openedFiles(): Promise<OpenedFiles> {
  const opened = new OpenedFiles()
  let turnEnds = performance.now() + TURN_MS
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/u.test(name))) {
    orNothing(() => {
      addDescriptors(pid, opened)
    })
    orNothing(() => {
      addMappings(pid, opened)
    })
    if (performance.now() < turnEnds) continue
    await nextTurn()
    turnEnds = performance.now() + TURN_MS
  }
  return opened
}

/** Processes end while they are looked at, and those of others may not be looked at. */
function orNothing(look: () => void): void {
  try {
    look()
  } catch (error) {
    const code = errnoOf(error)
    if (code !== 'ENOENT' && code !== 'ESRCH' && !OTHERS.has(code)) throw error
  }
}

function addDescriptors(pid: string, opened: OpenedFiles): void {
  for (const name of fs.readdirSync(`/proc/${pid}/fd`)) {
    const path = `/proc/${pid}/fd/${name}`
    const link = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false })
    if (link === undefined || (link.mode & WRITABLE) === 0n) continue
    orNothing(() => {
      const target = fs.readlinkSync(path)
      if (!target.startsWith('/')) return
      const info = fs.readFileSync(`/proc/${pid}/fdinfo/${name}`, 'latin1')
      opened.add(path, INODE.exec(info)?.groups?.['inode'], target)
    })
  }
}

function addMappings(pid: string, opened: OpenedFiles): void {
  for (const line of fs.readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const { range, inode, path } = SHARED_WRITABLE.exec(line)?.groups ?? {}
    if (range === undefined || path === undefined) continue
    opened.add(`/proc/${pid}/map_files/${range}`, inode, path)
  }
}

/** An open that shares nothing fails while anybody else has the file open. */
function isSharedOnWindows(path: string): boolean {
  try {
    fs.closeSync(fs.openSync(path, fs.constants.O_RDONLY | UV_FS_O_EXLOCK))
    return false
  } catch (error) {
    return SHARED_WITH_OTHERS.has(errnoOf(error))
  }
}
