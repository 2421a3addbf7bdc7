/** The names that files get before a step removes them, where other programs have files too. */
import { isAbsolute } from 'node:path'
import { asideName } from '../platform/aside-name.ts'
import type { Step } from './steps.ts'
import type { StorePath } from './store-paths.ts'

/** Folders of the store in which other programs and people have files. */
const SHARED = ['data/views/', 'data/quarantine/']

function isShared(path: StorePath): boolean {
  return isAbsolute(path) || SHARED.some((folder) => path.startsWith(folder))
}

/** Returns a fresh name beside `path`, in the form in which the journal has paths. */
export function asideOf(path: StorePath): StorePath {
  return asideName(path).replaceAll('\\', '/')
}

/** Returns a step with the name that what it removes gets first, so that the journal has it. */
export function withAside(step: Step): Step {
  if (step.do === 'move' && isShared(step.from)) return { aside: asideOf(step.from), ...step }
  return step.do === 'unlink_symbolic' ? { aside: asideOf(step.path), ...step } : step
}
