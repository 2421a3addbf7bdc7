/** Names of file systems, from what the system reports without touching the volume. */
import fs from 'node:fs'

/** Magic numbers of statfs(2) on Linux. */
const BY_MAGIC: Readonly<Record<number, string>> = {
  0xef53: 'ext',
  0x9123683e: 'btrfs',
  0x58465342: 'xfs',
  0x2fc12fc1: 'zfs',
  0x01021994: 'tmpfs',
  0x858458f6: 'ramfs',
  0x794c7630: 'overlay',
  0xf2f52010: 'f2fs',
  0xca451a4e: 'bcachefs',
  0x4d44: 'fat',
  0x2011bab0: 'exfat',
  0x5346544e: 'ntfs',
  0x7366746e: 'ntfs3',
  0x4244: 'hfs',
  0x482b: 'hfsplus',
  0x9660: 'iso9660',
  0x73717368: 'squashfs',
  0x6969: 'nfs',
  0x517b: 'smb',
  0xff534d42: 'cifs',
  0xfe534d42: 'smb2',
  0x01021997: '9p',
  0x5346414f: 'afs',
  0x00c36400: 'ceph',
  0x73757245: 'coda',
  0x564c: 'ncp',
  0x65735546: 'fuse',
}

const NETWORK = new Set([
  'nfs',
  'smb',
  'cifs',
  'smb2',
  '9p',
  'afs',
  'ceph',
  'coda',
  'ncp',
  'fuse.sshfs',
  'fuse.rclone',
  'fuse.s3fs',
  'fuse.gcsfuse',
  'fuse.davfs',
  'fuse.glusterfs',
  'fuse.curlftpfs',
  'fuse.juicefs',
])

/** The largest file of FAT, whose sizes are 32 bits. */
export const FAT_MAX_FILE_BYTES = 2 ** 32 - 1

/**
 * Returns the name of a file system from statfs's `type`, or the number in hexadecimal where it is
 * unknown. FUSE is reported more exactly (`fuse.sshfs`) where the system lists its mounts by device
 * number.
 */
export function fileSystemName(type: number, device: bigint): string {
  const name = BY_MAGIC[type >>> 0] ?? `0x${(type >>> 0).toString(16)}`
  return name === 'fuse' ? (mountedType(device) ?? name) : name
}

/** Reports whether another host may change such a volume; `folder` may be a UNC path. */
export function isNetwork(fileSystem: string, folder: string): boolean {
  return NETWORK.has(fileSystem) || folder.startsWith('\\\\')
}

/** Field 3 of /proc/self/mountinfo is `major:minor`, the first after ` - ` the type; see proc(5). */
function mountedType(device: bigint): string | undefined {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn)
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn)
  const number = `${String(major)}:${String(minor)}`
  const line = mounts().find((mount) => mount.split(' ')[2] === number)
  return line?.split(' - ')[1]?.split(' ')[0]
}

function mounts(): readonly string[] {
  try {
    return fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  } catch {
    return []
  }
}
