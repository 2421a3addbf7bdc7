/** The one file that asks which operating system this is; all else follows what a probe found. */

/** The operating system's name as Node tells it; for messages and reports, not for decisions. */
export const systemName: NodeJS.Platform = process.platform

/**
 * Errors of calls on a file that another program holds open, and that pass once it is closed. Only
 * Windows says `EPERM` and `EACCES` then: elsewhere they are for good.
 */
export const busyErrnos: ReadonlySet<string> = new Set(
  systemName === 'win32' ? ['EBUSY', 'ETXTBSY', 'EPERM', 'EACCES'] : ['EBUSY', 'ETXTBSY'],
)
