/** The disks and servers behind paths, wherever links lead. */
import { devicesOf, type Device } from './devices.ts'
import type { MountProcesses } from './mount-processes.ts'

/** The devices behind an absolute path; never fails. */
export type FindDevices = (path: string) => Promise<readonly Device[]>

/**
 * Returns a function that finds devices; links in a mount that does not answer at once are not
 * followed.
 */
export function findDevices(mounts: Pick<MountProcesses, 'realPath'>): FindDevices {
  return async (path) => {
    const real = await mounts.realPath(path, 'brief').catch(() => null)
    return devicesOf(real?.path ?? path)
  }
}
