/** Access to files outside the store: each call in a process that may hang without harm. */
import { dirname } from 'node:path'
import type { PlaceProcesses } from '../../platform/place-processes.ts'
import {
  callHere,
  type OutsideAnswer,
  type OutsideCall,
  type OutsideFiles,
  type OutsideInput,
} from '../../store/outside-files.ts'
import type { StorePaths } from '../../store/store-paths.ts'

/** Returns access that makes each call in the child process of its place. */
export function reachOutside(paths: StorePaths, places: PlaceProcesses): OutsideFiles {
  async function call<N extends OutsideCall>(
    path: string,
    name: N,
    input: OutsideInput<N>,
  ): Promise<OutsideAnswer<N>> {
    const place = await places.placeOf(dirname(path))
    if (place === null) return callHere(paths, name, input)
    const task = { name: 'outside', input: { root: paths.root, name, input } }
    return (await places.ask(place, task)) as OutsideAnswer<N>
  }
  return {
    requireReachable: (wanted, patience) => places.requireReachable(wanted, patience),
    realPath: (path) => places.realPath(path),
    call,
  }
}
