/** Access to files outside the store: each call in a process that may hang without harm. */
import { dirname } from 'node:path'
import type { MountProcesses } from '../../platform/mount-processes.ts'
import {
  callHere,
  type OutsideAnswer,
  type OutsideCall,
  type OutsideFiles,
  type OutsideInput,
} from '../../store/outside-files.ts'
import type { StorePaths } from '../../store/store-paths.ts'

/** Returns access that makes each call in the child process of its mount. */
export function reachOutside(paths: StorePaths, mounts: MountProcesses): OutsideFiles {
  async function call<N extends OutsideCall>(
    path: string,
    name: N,
    input: OutsideInput<N>,
  ): Promise<OutsideAnswer<N>> {
    const mount = await mounts.mountOf(dirname(path))
    if (mount === null) return callHere(paths, name, input)
    const task = { name: 'outside', input: { root: paths.root, name, input } }
    return (await mounts.ask(mount, task)) as OutsideAnswer<N>
  }
  return {
    requireReachable: (wanted, patience) => mounts.requireReachable(wanted, patience),
    realPath: (path) => mounts.realPath(path),
    call,
  }
}
