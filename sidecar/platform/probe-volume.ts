/** Finds out what a volume can do by trying it. */
import fs from 'node:fs'
import { join } from 'node:path'
import * as calls from './disk-calls.ts'
import { temporaryBeside } from './temporary-names.ts'
import { diskError } from './disk-error.ts'
import { isOneFile } from './file-identity.ts'
import { FAT_MAX_FILE_BYTES, fileSystemName, isNetwork } from './file-system-names.ts'

/** What the volume of a folder can do. Where `untried` is not null, nothing could be tried. */
export interface VolumeFacts {
  readonly writable: boolean
  /** Why nothing could be tried; the other facts then mean "not seen", not "impossible". */
  readonly untried: 'read_only' | 'denied' | 'full' | 'offline' | null
  readonly symlinks: boolean
  /** How a folder can be linked to; a junction is absolute. */
  readonly folder_links: 'symlink' | 'junction' | 'none'
  readonly hard_links: boolean
  readonly reflinks: boolean
  /** Whether a file can be made read-only by its permission bits. */
  readonly modes: boolean
  readonly case_sensitive: boolean
  /** True where NFC and NFD of one name are the same file. */
  readonly normalizes_unicode: boolean
  /** True where a name like `a:b` is refused or does not become a file of that name. */
  readonly reserved_names: boolean
  /** The step in which a folder's mtime can be set, milliseconds; null where it cannot. */
  readonly mtime_step_ms: number | null
  /** Null: unknown or beyond any model. */
  readonly max_file_bytes: number | null
  /** True where other hosts may change the volume, by its file system's type. */
  readonly network: boolean
  /** Name of the file system, or its number in hexadecimal. */
  readonly filesystem: string
  readonly free_bytes: number
  readonly total_bytes: number
  readonly device: number
}

type Tried = Omit<
  VolumeFacts,
  'writable' | 'untried' | 'network' | 'filesystem' | 'free_bytes' | 'total_bytes' | 'device'
>

const NOTHING: Tried = {
  symlinks: false,
  folder_links: 'none',
  hard_links: false,
  reflinks: false,
  modes: false,
  case_sensitive: true,
  normalizes_unicode: false,
  reserved_names: false,
  mtime_step_ms: null,
  max_file_bytes: null,
}

const UNTRIED: Readonly<Record<string, NonNullable<VolumeFacts['untried']>>> = {
  EROFS: 'read_only',
  EACCES: 'denied',
  EPERM: 'denied',
  ENOSPC: 'full',
  EDQUOT: 'full',
}

/** With less free space a trial may fail halfway and give a wrong result. */
const ROOM_TO_TRY = 64 * 1024

/**
 * Tries each operation in a fresh folder below `folder`, then removes what it made, name by name. A
 * volume that takes no writes, being read-only or full, is reported as such.
 * @throws disk.* where the volume fails; ENOENT, ENOTDIR where `folder` is not a folder
 */
export function probeVolume(folder: string): VolumeFacts {
  const reported = reportedFacts(folder)
  const isUnknown = reported.total_bytes === 0
  if (!isUnknown && reported.free_bytes < ROOM_TO_TRY) return cannotTry(reported, 'full')
  let probe: Probe | null = null
  try {
    probe = Probe.below(folder)
    const tried = tryAll(probe, reported.filesystem)
    return { ...reported, ...tried, writable: true, untried: null }
  } catch (error) {
    const untried = UNTRIED[calls.errnoOf(error)]
    if (untried === undefined) throw diskError(error, folder)
    return cannotTry(reported, untried)
  } finally {
    probe?.remove()
  }
}

type ReportedFacts = Omit<VolumeFacts, keyof Tried | 'writable' | 'untried'>

function cannotTry(
  reported: ReportedFacts,
  untried: NonNullable<VolumeFacts['untried']>,
): VolumeFacts {
  return { ...reported, ...NOTHING, writable: untried === 'full', untried }
}

/**
 * Returns what a volume reports about itself; nothing is tried or written.
 * @throws as {@link probeVolume}
 */
export function describeVolume(folder: string): VolumeFacts {
  return cannotTry(reportedFacts(folder), 'offline')
}

function reportedFacts(folder: string): ReportedFacts {
  const { dev } = fs.statSync(folder, { bigint: true })
  const filesystem = fileSystemName(fs.statfsSync(folder).type, dev)
  return {
    filesystem,
    network: isNetwork(filesystem, folder),
    ...volumeSpace(folder),
    device: Number(dev),
  }
}

/** Returns the current free space of a volume, the only probed fact that changes. */
export function volumeSpace(folder: string): Pick<VolumeFacts, 'free_bytes' | 'total_bytes'> {
  const { bsize, blocks, bavail } = fs.statfsSync(folder)
  return { free_bytes: bavail * bsize, total_bytes: blocks * bsize }
}

function tryAll(probe: Probe, filesystem: string): Tried {
  const file = probe.makeFile('Case')
  const tried = {
    symlinks: linksTo(probe, 'to-file', ['Case', 'file']),
    folder_links: folderLinks(probe),
    hard_links: canHardLink(probe, file),
    reflinks: canReflink(probe, file),
    modes: keepsModes(probe),
    case_sensitive: !probe.has('case'),
    normalizes_unicode: normalizes(probe),
    reserved_names: refusesReserved(probe),
    mtime_step_ms: mtimeStep(probe),
  }
  return { ...tried, max_file_bytes: maxFileBytes(filesystem, tried) }
}

/** The folder of a probe; remembers each name in it. */
class Probe {
  readonly folder: string
  readonly #made: (() => void)[] = []

  private constructor(folder: string) {
    this.folder = folder
    this.#made.push(() => {
      calls.removeFolder(folder)
    })
  }

  /** @throws EROFS, ENOSPC and the like where the folder is not writable */
  static below(folder: string): Probe {
    const path = temporaryBeside(join(folder, 'probe'))
    calls.makeFolder(path)
    return new Probe(path)
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  has(name: string): boolean {
    return fs.existsSync(this.path(name))
  }

  makeFile(name: string): string {
    const path = this.path(name)
    const file = calls.createFile(path)
    this.made(path)
    try {
      calls.writeBytes(file, Buffer.alloc(4096, 's'), 0)
    } finally {
      calls.closeFile(file)
    }
    return path
  }

  makeFolder(name: string): string {
    const path = this.path(name)
    calls.makeFolder(path)
    this.#made.push(() => {
      calls.removeFolder(path)
    })
    return path
  }

  /** Remembers a file or link for {@link remove}. */
  made(path: string): void {
    this.#made.push(() => {
      calls.unlink(path)
    })
  }

  /** Removes everything that was made, last first; what cannot be removed is left for `clean`. */
  remove(): void {
    for (const undo of this.#made.reverse()) attempt(undo)
  }
}

function attempt(call: () => void): boolean {
  try {
    call()
    return true
  } catch {
    return false
  }
}

function normalizes(probe: Probe): boolean {
  const made = attempt(() => {
    probe.makeFile('caf\u00e9')
  })
  return made && probe.has('cafe\u0301')
}

/** The target and type of a trial link. */
type Lead = readonly [target: string, type: calls.SymlinkType]

function linksTo(probe: Probe, name: string, [target, type]: Lead): boolean {
  const path = probe.path(name)
  const linked = attempt(() => {
    calls.symlink(target, path, type)
  })
  if (!linked) return false
  probe.made(path)
  return fs.lstatSync(path).isSymbolicLink() && fs.existsSync(path)
}

function folderLinks(probe: Probe): VolumeFacts['folder_links'] {
  const folder = probe.makeFolder('folder')
  if (linksTo(probe, 'to-folder', ['folder', 'dir'])) return 'symlink'
  return linksTo(probe, 'junction', [folder, 'junction']) ? 'junction' : 'none'
}

function canHardLink(probe: Probe, file: string): boolean {
  const path = probe.path('hard-link')
  const linked = attempt(() => {
    calls.hardLink(file, path)
  })
  if (!linked) return false
  probe.made(path)
  return isOneFile(path, file)
}

function canReflink(probe: Probe, file: string): boolean {
  const path = probe.path('clone')
  try {
    calls.cloneBlocksNow(file, path)
  } catch {
    return false
  }
  probe.made(path)
  return fs.readFileSync(path).equals(fs.readFileSync(file))
}

function keepsModes(probe: Probe): boolean {
  const path = probe.makeFile('mode')
  const set = attempt(() => {
    calls.chmod(path, 0o444)
  })
  return set && (fs.statSync(path).mode & 0o222) === 0
}

/** NTFS through Windows takes `a:b` for a stream of the file `a`: it opens but is not listed. */
function refusesReserved(probe: Probe): boolean {
  const made = attempt(() => {
    probe.makeFile('a:b')
  })
  return !made || !fs.readdirSync(probe.folder).includes('a:b')
}

const STEPS_MS = [1, 10, 100, 1000, 2000]

// Far from a multiple of any step size, whether rounded up or down.
const MTIMES_MS = [1_700_000_001_999, 1_700_000_001_444]

function mtimeStep(probe: Probe): number | null {
  const folder = probe.path('folder')
  const errors = MTIMES_MS.map((at) => {
    const set = attempt(() => {
      calls.setModified(folder, at)
    })
    return set ? Math.abs(fs.statSync(folder).mtimeMs - at) : Infinity
  })
  const largest = Math.max(...errors)
  return STEPS_MS.find((step) => largest < step) ?? null
}

/** A volume without links whose clock steps by two seconds is FAT, whatever it is mounted as. */
function maxFileBytes(
  filesystem: string,
  tried: Pick<Tried, 'symlinks' | 'hard_links' | 'mtime_step_ms'>,
): number | null {
  const looksLikeFat = !tried.symlinks && !tried.hard_links && tried.mtime_step_ms === 2000
  return filesystem === 'fat' || looksLikeFat ? FAT_MAX_FILE_BYTES : null
}
