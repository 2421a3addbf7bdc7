/**
 * Which files other programs hold open for writing. A file that is still being written must not be
 * renamed into the store: the writer would keep writing into the blob.
 */
import fs, { type BigIntStats } from 'node:fs'
import { basename } from 'node:path'
import { errnoOf } from './disk-calls.ts'
import { deviceText, MountDevices } from './mount-devices.ts'
import { Turns } from './turns.ts'
import { UnseenProcesses } from './unseen-processes.ts'

/** The open writers of this machine at one moment. */
export interface OpenWriters {
  /**
   * Reports whether the system can show all writers of the file at `path`; otherwise only waiting
   * and checking again helps. False also where a process that may not be inspected has permission
   * to write to it.
   */
  canReport(path: string): boolean
  /** Reports whether a program holds the file at `path` open for writing, or has it mapped so. */
  holds(path: string): boolean
}

/** Owner's write bit of `/proc/<pid>/fd/<n>`: the descriptor is open for writing. */
const WRITABLE = 0o200n
/** A shared mapping that may be written to, in `/proc/<pid>/maps`. */
const SHARED_WRITABLE =
  /^(?<range>[0-9a-f]+-[0-9a-f]+) .w.s \S+ (?<device>\S+) (?<inode>\d+)\s+(?<path>\/.*)$/u
/** In `/proc/<pid>/fdinfo/<n>`, since Linux 5.14. */
const INODE = /^ino:\s*(?<inode>\d+)$/mu
/** In the same file, since Linux 3.15. */
const MOUNT = /^mnt_id:\s*(?<mount>\d+)$/mu
const OTHERS = new Set(['EACCES', 'EPERM'])

/** libuv's flag that opens a file exclusively on Windows. */
const UV_FS_O_EXLOCK = 0x1000_0000
const SHARED_WITH_OTHERS = new Set(['EBUSY', 'EPERM', 'EACCES'])

/**
 * Inspects all processes that this one may inspect. Yields to other work, and touches no file
 * system: a descriptor on a hanging mount would hang this process too.
 */
export async function findOpenWriters(): Promise<OpenWriters> {
  if (process.platform === 'win32') return { canReport: () => true, holds: isSharedOnWindows }
  if (process.platform !== 'linux' || !fs.existsSync('/proc/self/fd')) {
    return { canReport: () => false, holds: () => false }
  }
  const unseen = new UnseenProcesses()
  const opened = await openedFiles(unseen)
  return { canReport: (path) => !unseen.mayHold(path), holds: (path) => isOpened(path, opened) }
}

/** A file that is open for writing. */
interface Opened {
  /** Below `/proc`; leads to the file. */
  readonly procPath: string
  /** `major:minor` of its file system; null where no table lists it. */
  readonly device: string | null
  readonly inode: string | undefined
}

/** What is known of an open file without touching it. */
interface OpenedFacts extends Opened {
  readonly path: string
}

/** Files that are open for writing. */
class OpenedFiles {
  readonly devices = new MountDevices()
  readonly #byInode = new Map<string, Opened[]>()
  readonly #byName = new Map<string, Opened[]>()

  add({ path, ...opened }: OpenedFacts): void {
    put(this.#byName, basename(path), opened)
    if (opened.inode !== undefined) put(this.#byInode, opened.inode, opened)
  }

  /**
   * Those that may be the file: some file systems report another inode to `/proc` than to `stat`.
   * Only those on its own file system, which answers: another one may hang.
   */
  alike(path: string, { ino, dev }: Pick<BigIntStats, 'ino' | 'dev'>): Opened[] {
    const named = this.#byName.get(basename(path)) ?? []
    const all = [...(this.#byInode.get(String(ino)) ?? []), ...named]
    if (all.length === 0) return []
    // With a changed root no table lists the mount that holds it.
    const here = new Set([this.devices.ofFile(path), deviceText(dev)])
    return all.filter(({ device }) => here.has(device))
  }
}

function put(map: Map<string, Opened[]>, key: string, value: Opened): void {
  const there = map.get(key)
  if (there === undefined) map.set(key, [value])
  else there.push(value)
}

function isOpened(path: string, opened: OpenedFiles): boolean {
  const file = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
  if (file === undefined || file.ino === 0n) return false
  return opened.alike(path, file).some(({ procPath, inode }) => {
    const other = statOrWhyNot(procPath)
    // Only the administrator may follow a mapping; its device was compared by the table of mounts.
    if (other === 'denied') return inode === String(file.ino)
    return other !== 'gone' && other.ino === file.ino && other.dev === file.dev
  })
}

function statOrWhyNot(path: string): BigIntStats | 'denied' | 'gone' {
  try {
    return fs.statSync(path, { bigint: true })
  } catch (error) {
    return OTHERS.has(errnoOf(error)) ? 'denied' : 'gone'
  }
}

async function openedFiles(unseen: UnseenProcesses): Promise<OpenedFiles> {
  const opened = new OpenedFiles()
  const turns = new Turns()
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/u.test(name))) {
    const isSeen = [addDescriptors, addMappings].map((add) =>
      orNothing(() => {
        add(pid, opened)
      }),
    )
    if (isSeen.includes(false)) unseen.add(pid)
    await turns.next()
  }
  return opened
}

/**
 * Runs `look`; a process may end meanwhile, and those of other users may not be inspected.
 * @returns false where access is denied
 */
function orNothing(look: () => void): boolean {
  try {
    look()
    return true
  } catch (error) {
    const code = errnoOf(error)
    if (OTHERS.has(code)) return false
    if (code !== 'ENOENT' && code !== 'ESRCH') throw error
    return true
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
      const mount = MOUNT.exec(info)?.groups?.['mount'] ?? ''
      const device = opened.devices.ofMount(pid, mount)
      const inode = INODE.exec(info)?.groups?.['inode']
      opened.add({ procPath: path, device, inode, path: target })
    })
  }
}

/** Converts `major:minor` from the hexadecimal form of mappings to that of the table of mounts. */
function decimalDevice(hex: string): string {
  const numbers = hex.split(':').map((part) => Number.parseInt(part, 16))
  return numbers.join(':')
}

function addMappings(pid: string, opened: OpenedFiles): void {
  for (const line of fs.readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const { range, device, inode, path } = SHARED_WRITABLE.exec(line)?.groups ?? {}
    if (range === undefined || device === undefined || path === undefined) continue
    const procPath = `/proc/${pid}/map_files/${range}`
    opened.add({ procPath, device: decimalDevice(device), inode, path })
  }
}

/** An exclusive open fails while another program has the file open. */
function isSharedOnWindows(path: string): boolean {
  try {
    fs.closeSync(fs.openSync(path, fs.constants.O_RDONLY | UV_FS_O_EXLOCK))
    return false
  } catch (error) {
    return SHARED_WITH_OTHERS.has(errnoOf(error))
  }
}
