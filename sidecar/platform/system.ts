/** The one file that asks which operating system this is; all else follows what a probe found. */

/** The operating system's name as Node tells it; for messages and reports, not for decisions. */
export const systemName: NodeJS.Platform = process.platform
