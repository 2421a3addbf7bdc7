/** The disks and servers behind paths, wherever links lead. */
import { devicesOf } from '../../platform/devices.ts'
import type { PlaceProcesses } from '../../platform/place-processes.ts'
import type { FindDevices } from '../jobs/device-lanes.ts'

/** Finds devices; links of a place that does not answer at once are not followed. */
export function findDevices(places: PlaceProcesses): FindDevices {
  return async (path) => {
    const real = await places.realPath(path, 'brief').catch(() => null)
    return devicesOf(real?.path ?? path)
  }
}
