/** The group of operations that belong to one job: an id that each of them carries. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Uuid } from '../../schemas/ids.ts'

const groups = new AsyncLocalStorage<Uuid>()

/** Runs work of which every operation carries `group`, however deep it is begun. */
export function runAsGroup<T>(group: Uuid, work: () => T): T {
  return groups.run(group, work)
}

/** Returns the group of the work that goes on; undefined where it belongs to none. */
export function currentGroup(): Uuid | undefined {
  return groups.getStore()
}
