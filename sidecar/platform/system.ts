/** The only file that checks which operating system this is; everything else relies on probes. */
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The operating system's name in Node; for messages and reports, not for decisions. */
const systemName: NodeJS.Platform = process.platform

/**
 * Errors of calls on a file that another program holds open, and that pass once it is closed. Only
 * Windows reports `EPERM` and `EACCES` then: elsewhere they are permanent.
 */
export const busyErrnos: ReadonlySet<string> = new Set(
  systemName === 'win32' ? ['EBUSY', 'ETXTBSY', 'EPERM', 'EACCES'] : ['EBUSY', 'ETXTBSY'],
)

/** Returns the cache folder of this user; it may not exist. */
export function userCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const named = env[systemName === 'win32' ? 'LOCALAPPDATA' : 'XDG_CACHE_HOME']
  if (named !== undefined && named !== '') return named
  const usual: Partial<Record<NodeJS.Platform, string>> = {
    win32: 'AppData/Local',
    darwin: 'Library/Caches',
  }
  return join(homedir(), usual[systemName] ?? '.cache')
}
