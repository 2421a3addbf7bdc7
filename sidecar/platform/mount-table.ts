/** Linux's table of mounts. Reading it touches no mounted file system. */
import fs from 'node:fs'

/** A row of the table. */
export interface MountRow {
  /** Number of the mount. */
  readonly id: string
  /** `major:minor` of its file system. */
  readonly device: string
  /** The folder at its top. */
  readonly point: string
  /** `ext4`, `nfs4`, `fuse.sshfs`, ... */
  readonly filesystem: string
  /** What is mounted: `/dev/sda1`, `server:/share`, ... */
  readonly source: string
}

/** Returns the text of a process's table; null where it cannot be read. */
export function mountTableText(pid = 'self'): string | null {
  try {
    return fs.readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
  } catch {
    return null
  }
}

/**
 * Returns the mounts in the order of the table: a later one covers an earlier one at the same mount
 * point.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
 */
export function parseMountTable(text: string): MountRow[] {
  return text.split('\n').flatMap((line) => {
    const [front = '', back = ''] = line.split(' - ')
    const [id, , device, , point] = front.split(' ')
    if (id === undefined || device === undefined || point === undefined) return []
    const [filesystem = '', source = ''] = back.split(' ')
    return [{ id, device, point: unescaped(point), filesystem, source: unescaped(source) }]
  })
}

function unescaped(field: string): string {
  if (!field.includes('\\')) return field
  return field.replace(/\\([0-7]{3})/gu, (_whole, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
}
