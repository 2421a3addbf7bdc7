/** Files by which downloaders mark another file as incomplete. */
import { readdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Endings of control files and of files that are still being written, lower case. */
const UNFINISHED: ReadonlySet<string> = new Set([
  '.aria2',
  '.aria2__temp',
  '.part',
  '.crdownload',
  '.!qb',
  '.!ut',
  '.bc!',
  '.tmp',
  '.incomplete',
  '.download',
  '.partial',
  '.filepart',
  '.opdownload',
  '.ytdl',
])

/** Firefox puts eight random characters before the ending: `name.AbCd_123.safetensors.part`. */
const RANDOM = /^\.[\w-]{8}$/u

/** A name without the ending of a control file, lower case; null where it has none. */
function markedName(name: string): string | null {
  const lower = name.toLowerCase()
  const dot = lower.lastIndexOf('.')
  return dot > 0 && UNFINISHED.has(lower.slice(dot)) ? lower.slice(0, dot) : null
}

/** Reports whether a name is that of a control file or of an unfinished download. */
export function isUnfinishedName(name: string): boolean {
  return markedName(name) !== null
}

function isAbout(marked: string, name: string): boolean {
  const dot = name.lastIndexOf('.')
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  if (marked === name || marked === stem) return true
  if (!marked.startsWith(stem) || !marked.endsWith(ending) || ending === '') return false
  return RANDOM.test(marked.slice(stem.length, marked.length - ending.length))
}

/** Looks for control files; each folder is listed once. */
export class ControlFiles {
  readonly #marked = new Map<string, readonly string[]>()

  /** Reports whether a control file beside `path` marks the file as incomplete. */
  beside(path: string): boolean {
    const marked = this.#markedIn(dirname(path))
    if (marked.length === 0) return false
    const name = basename(path).toLowerCase()
    return marked.some((one) => isAbout(one, name))
  }

  #markedIn(folder: string): readonly string[] {
    const known = this.#marked.get(folder)
    if (known !== undefined) return known
    const marked = namesIn(folder).flatMap((name) => markedName(name) ?? [])
    this.#marked.set(folder, marked)
    return marked
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
