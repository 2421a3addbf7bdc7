/** Doctor's search for files of the user that are left under another name. */
import type { Finding } from '../../../schemas/store.ts'
import { isAsideName } from '../../platform/aside-name.ts'
import { listBelow } from '../../platform/list-below.ts'
import { listOutside } from '../../store/outside-files.ts'
import { inspectPath } from '../views/inspect-path.ts'
import { filesSetAside } from '../../store/release-files.ts'
import type { Store } from '../../store/store.ts'
import { finding } from './finding.ts'

/** The maximum number of reported files. */
const MAX_FOUND = 100

function asidesInViews({ paths }: Store): string[] {
  const isLink = (path: string) => inspectPath(paths, path, null).kind === 'link'
  const asides = listBelow(paths.views).filter(({ name }) => isAsideName(name))
  return asides.flatMap(({ path }) => (isLink(path) ? [] : [path]))
}

function text(path: string): string {
  return (
    `${path} is a file of yours that was renamed before it was to be removed, ` +
    'and no operation of this store knows it. Give it a name of your choice, or delete it'
  )
}

/**
 * Reports files that were set aside and that no open operation of this store will put back.
 * @param folders folders of the user from which this store imported files
 */
export async function checkAsides(store: Store, folders: readonly string[]): Promise<Finding[]> {
  const { reader } = store
  const open = [...reader.openHere(), ...reader.openElsewhere()]
  const known = new Set((await filesSetAside(store, open)).map(({ aside }) => aside))
  const found = asidesInViews(store)
  for (const folder of folders) {
    if (found.length >= MAX_FOUND) break
    found.push(...(await listOutside(store.outside, 'asides_in', folder)))
  }
  return [...new Set(found)]
    .filter((path) => !known.has(path))
    .slice(0, MAX_FOUND)
    .map((path) => finding('asides', 'warning', { message: text(path), path }))
}
