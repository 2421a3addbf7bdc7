/** The file system of a mount, derived from the system's tables without touching a file. */
import fs from 'node:fs'
import { dirname } from 'node:path'
import { mountTableText, parseMountTable } from './mount-table.ts'
import { readMounts } from './mounts.ts'

/** `major:minor` of the file system, by the number of the mount. */
type Devices = ReadonlyMap<string, string>

function devicesOf(pid: string): Devices {
  const mounts = parseMountTable(mountTableText(pid) ?? '')
  return new Map(mounts.map(({ id, device }) => [id, device]))
}

/**
 * Returns `major:minor` of what `stat` calls a device, as Linux packs the two into one number.
 * @see https://man7.org/linux/man-pages/man3/makedev.3.html
 */
export function deviceText(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xffff_f000n)
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffff_ff00n)
  return `${String(major)}:${String(minor)}`
}

/** The file systems of mounts at one moment. */
export class MountDevices {
  readonly #own = devicesOf('self')
  readonly #others = new Map<string, Devices>()

  /**
   * The file system of a mount as a process sees it; null for one that is no longer in the table.
   */
  ofMount(pid: string, mount: string): string | null {
    const own = this.#own.get(mount)
    if (own !== undefined) return own
    const others = this.#others.get(pid) ?? devicesOf(pid)
    this.#others.set(pid, others)
    return others.get(mount) ?? null
  }

  /** The file system of a file whose folder answers; null where no table lists it. */
  ofFile(path: string): string | null {
    const [mount = ''] = readMounts()
      .mountOf(fs.realpathSync(dirname(path)))
      .id.split(':')
    return this.#own.get(mount) ?? null
  }
}
