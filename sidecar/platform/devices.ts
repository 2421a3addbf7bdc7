/**
 * Which disks or servers are behind a path, so that work can be scheduled per slow device. Derived
 * from the tables of the system: the path itself is never touched, as it may hang.
 */
import fs from 'node:fs'
import { basename, dirname, join, parse, sep } from 'node:path'
import { isNetwork } from './file-system-names.ts'
import { mountTableText, parseMountTable, type MountRow } from './mount-table.ts'

/** `spinning`: one reader at a time is fastest. */
export type DeviceKind = 'spinning' | 'solid' | 'network' | 'unknown'

/** A disk or a server. */
export interface Device {
  /** `device:sda`, `network:nas.local`; two paths on one device have the same. */
  readonly id: string
  readonly kind: DeviceKind
}

/** The tables of the system. */
export interface SystemTables {
  /** The text of the table of mounts; null where the system has none. */
  readonly mounts: string | null
  /** Where sysfs is mounted. */
  readonly sys: string
}

/** Further names of network file systems in the table of mounts. */
const NETWORK_TYPES: readonly string[] = ['nfs4', 'smb3', 'smbfs', 'glusterfs', 'lustre', 'beegfs']
/** The maximum number of stacked layers (partition, crypt, LVM, RAID, loop device). */
const MAX_LAYERS = 16
/** Disks of virtual machines report themselves as spinning, whatever is behind them. */
const VIRTUAL_DISK = /\/(?:virtio\d+|vbd-\d+)\//u

const systemTables = (): SystemTables => ({ mounts: mountTableText(), sys: '/sys' })

let last: { readonly text: string; readonly mounts: readonly MountRow[] } | null = null

/** The mounts of a table; those of the last table are cached. */
function mountsOf(text: string): readonly MountRow[] {
  if (last?.text !== text) last = { text, mounts: parseMountTable(text) }
  return last.mounts
}

/**
 * Returns the devices behind an absolute path without links, sorted by id: those below partitions,
 * LVM, crypt and RAID where Linux reports them, else the volume, of unknown kind. At least one;
 * never fails.
 */
export function devicesOf(path: string, tables: SystemTables = systemTables()): readonly Device[] {
  if (tables.mounts === null) return [volumeOf(path)]
  const search = new DeviceSearch(mountsOf(tables.mounts), tables.sys)
  const found = new Map(search.behindPath(path).map((device) => [device.id, device]))
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Without a table of mounts: the drive or server on Windows, the disk in `/Volumes` on macOS. */
function volumeOf(path: string): Device {
  const { root } = parse(path)
  const [first, second] = path.slice(root.length).split(sep)
  if (root.startsWith('\\\\')) return serverOf(root.replaceAll('\\', '/'))
  const isVolume = first === 'Volumes' && second !== undefined && second !== ''
  return { id: `device:${isVolume ? join(root, first, second) : root}`, kind: 'unknown' }
}

/** @example 'nas:/models', '//nas/models', 'me@nas:/', '[fd00::1]:/models' */
function serverOf(source: string): Device {
  const [, host = source] =
    /^\/\/([^/]+)/u.exec(source) ?? /^(?:[^@/]*@)?(\[[^\]]*\]|[^:/]+)/u.exec(source) ?? []
  return { id: `network:${host.toLowerCase()}`, kind: 'network' }
}

/** Resolves the layers between a mount and the devices that hold its bytes. */
class DeviceSearch {
  readonly #mounts: ReadonlyMap<string, MountRow>
  readonly #sys: string

  constructor(mounts: readonly MountRow[], sys: string) {
    this.#mounts = new Map(mounts.map((mount) => [mount.point, mount]))
    this.#sys = sys
  }

  behindPath(path: string, layers = 0): readonly Device[] {
    for (let at = path; ; at = dirname(at)) {
      const mount = this.#mounts.get(at)
      if (mount !== undefined) return this.#behindMount(mount, layers)
      if (dirname(at) === at) return [{ id: `device:${at}`, kind: 'unknown' }]
    }
  }

  #behindMount(mount: MountRow, layers: number): readonly Device[] {
    const { device, filesystem, source } = mount
    if (isNetwork(filesystem, '') || NETWORK_TYPES.includes(filesystem)) return [serverOf(source)]
    const block = this.#blockOf(mount)
    return block === null
      ? [{ id: `device:${device}`, kind: 'unknown' }]
      : this.#behind(block, layers)
  }

  /**
   * The sysfs folder of a mounted device; some file systems (btrfs) have their own device number.
   */
  #blockOf({ device, source }: MountRow): string | null {
    const numbered = realOrNull(join(this.#sys, 'dev/block', device))
    if (numbered !== null || !source.startsWith('/dev/')) return numbered
    const name = basename(source)
    return realOrNull(join(this.#sys, 'class/block', name)) ?? this.#mapped(name)
  }

  /** The block device that `/dev/mapper` has under this name. */
  #mapped(name: string): string | null {
    const folder = join(this.#sys, 'class/block')
    const found = namesIn(folder).find((one) => textOf(join(folder, one, 'dm/name')) === name)
    return found === undefined ? null : realOrNull(join(folder, found))
  }

  #behind(block: string, layers: number): readonly Device[] {
    if (layers >= MAX_LAYERS) return [diskOf(block)]
    if (fs.existsSync(join(block, 'partition'))) return this.#behind(dirname(block), layers + 1)
    const file = textOf(join(block, 'loop/backing_file'))
    if (file !== null) return this.behindPath(file, layers + 1)
    const slaves = namesIn(join(block, 'slaves')).map((name) => join(block, 'slaves', name))
    const below = slaves.flatMap((slave) => realOrNull(slave) ?? [])
    if (below.length === 0) return [diskOf(block)]
    return below.flatMap((one) => this.#behind(one, layers + 1))
  }
}

function diskOf(block: string): Device {
  const id = `device:${basename(block)}`
  if (VIRTUAL_DISK.test(block)) return { id, kind: 'unknown' }
  const rotational = textOf(join(block, 'queue/rotational'))
  if (rotational === null) return { id, kind: 'unknown' }
  return { id, kind: rotational === '0' ? 'solid' : 'spinning' }
}

function realOrNull(path: string): string | null {
  try {
    return fs.realpathSync(path)
  } catch {
    return null
  }
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder)
  } catch {
    return []
  }
}

function textOf(path: string): string | null {
  try {
    return fs.readFileSync(path, 'utf8').trim()
  } catch {
    return null
  }
}
