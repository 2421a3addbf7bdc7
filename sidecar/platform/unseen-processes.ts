/**
 * Processes whose open files this one may not see: those of other users, and those outside its
 * container. Whether one of them may write to a file follows from the file's permissions alone.
 */
import fs, { type BigIntStats } from 'node:fs'

/** The rights with which a process opens files. */
export interface Rights {
  readonly uids: ReadonlySet<bigint>
  readonly gids: ReadonlySet<bigint>
}

/** The facts of a file that decide who may write to it. */
export type FileRights = Pick<BigIntStats, 'uid' | 'gid' | 'mode' | 'dev'>

const GROUP_WRITES = 0o020n
const ALL_WRITE = 0o002n
/** The number of the first namespace of processes (PROC_PID_INIT_INO of Linux). */
const FIRST_NAMESPACE = 'pid:[4026531836]'
/** The type that `statfs` reports for a file system in memory (TMPFS_MAGIC of Linux). */
const TMPFS = 0x0102_1994

/** Returns the users and groups of a process, from the text of `/proc/<pid>/status`. */
export function rightsOf(status: string): Rights {
  const numbers = (key: string) => {
    const line = new RegExp(`^${key}:(.*)$`, 'mu').exec(status)?.[1] ?? ''
    return (line.match(/\d+/gu) ?? []).map(BigInt)
  }
  return {
    uids: new Set(numbers('Uid')),
    gids: new Set([...numbers('Gid'), ...numbers('Groups')]),
  }
}

/**
 * Reports whether a process may have opened a file for writing. Root's processes may open any file,
 * but count only where the file is not ours. A process of our own user that hides its files
 * protects secrets and does not write models.
 */
export function mayWrite({ uids, gids }: Rights, file: FileRights, own: bigint): boolean {
  if (uids.size === 1 && uids.has(own)) return false
  if (uids.has(0n) && file.uid !== own) return true
  if (uids.has(file.uid) || (file.mode & ALL_WRITE) !== 0n) return true
  return gids.has(file.gid) && (file.mode & GROUP_WRITES) !== 0n
}

/** The processes of this machine that may not be inspected. */
export class UnseenProcesses {
  readonly #rights = new Map<string, Rights>()
  readonly #own = BigInt(process.geteuid?.() ?? 0)
  #isUnknown = false

  /** Notes a process whose open files may not be listed. */
  add(pid: string): void {
    if (pid === String(process.pid)) return
    try {
      const rights = rightsOf(fs.readFileSync(`/proc/${pid}/status`, 'latin1'))
      this.#rights.set([...rights.uids, '/', ...rights.gids].join(), rights)
    } catch {
      // It has ended, or not even its user may be read.
      if (fs.existsSync(`/proc/${pid}`)) this.#isUnknown = true
    }
  }

  /** Reports whether one of them may have the file at `path` open for writing. */
  mayHold(path: string): boolean {
    const file = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
    if (file === undefined) return false
    // Some machines list only processes of the own user.
    if (this.#isUnknown || !fs.existsSync('/proc/1') || isSharedWithOthers(path, file)) return true
    return [...this.#rights.values()].some((rights) => mayWrite(rights, file, this.#own))
  }
}

/** Reports whether processes outside this container may reach a file in it. */
function isSharedWithOthers(path: string, { dev }: FileRights): boolean {
  if (isFirstNamespace() || dev === fs.statSync('/', { bigint: true }).dev) return false
  return fs.statfsSync(path).type !== TMPFS
}

function isFirstNamespace(): boolean {
  try {
    return fs.readlinkSync('/proc/self/ns/pid') === FIRST_NAMESPACE
  } catch {
    return false
  }
}
