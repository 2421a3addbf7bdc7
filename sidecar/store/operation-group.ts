/** The group of operations that belong to one job: an id that each of them carries. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Uuid } from '../../schemas/ids.ts'

const groups = new AsyncLocalStorage<Uuid>()

/** Runs work and gives every operation begun in it the group `group`, at any depth. */
export function runAsGroup<T>(group: Uuid, work: () => T): T {
  return groups.run(group, work)
}

/** Returns the group of the current work; undefined where it has none. */
export function currentGroup(): Uuid | undefined {
  return groups.getStore()
}
