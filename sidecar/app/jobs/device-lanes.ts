/** The lanes that a job needs: one for each disk or server that it uses, and the store's. */
import { dirname } from 'node:path'
import type { DeviceKind } from '../../platform/devices.ts'
import type { FindDevices } from '../../platform/find-devices.ts'
import type { Lane } from './job-lanes.ts'
import type { JobNeeds } from './job-model.ts'

/**
 * How many jobs a device takes. Slow devices are waited for first: a job that waits for one does
 * not block fast devices for others.
 */
const LANES: Readonly<Record<DeviceKind, Omit<Lane, 'id'>>> = {
  spinning: { width: 1, order: 1 },
  network: { width: 2, order: 2 },
  unknown: { width: 2, order: 3 },
  solid: { width: 2, order: 3 },
}

const MANY = 100

/** One job at a time changes the store as a whole. */
const STORE: Lane = { id: 'store', width: 1, order: 4 }

/** Returns the lanes that a job must have before it starts, each once. */
export async function lanesOf(needs: JobNeeds, devicesBehind: FindDevices): Promise<Lane[]> {
  const lanes = new Map<string, Lane>(needs.store === true ? [[STORE.id, STORE]] : [])
  for (const path of placesOf(needs.paths ?? [])) {
    for (const { id, kind } of await devicesBehind(path)) lanes.set(id, { id, ...LANES[kind] })
  }
  return [...lanes.values()]
}

/** For many files in one folder, the folder is enough. */
function placesOf(paths: readonly string[]): string[] {
  const folders = Map.groupBy(new Set(paths), (path) => dirname(path))
  return [...folders].flatMap(([folder, inside]) => (inside.length > MANY ? [folder] : inside))
}
