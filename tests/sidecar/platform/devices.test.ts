/**
 * Disks and servers behind paths, derived from tables of the system as they look on other machines.
 */
import assert from 'node:assert/strict'
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { devicesOf } from '../../../sidecar/platform/devices.ts'
import { freshFolder } from '../../_support/volumes.ts'

/** A block device: where sysfs has it, its number, and files in its folder. */
interface Block {
  readonly at: string
  readonly number: string
  readonly files?: Readonly<Record<string, string>>
  /** Where the devices that it is made of lie. */
  readonly slaves?: readonly string[]
}

const disk = (at: string, number: string, rotational: 0 | 1): Block => ({
  at,
  number,
  files: { 'queue/rotational': `${String(rotational)}\n` },
})
const partition = (at: string, number: string): Block => ({
  at,
  number,
  files: { partition: '1\n' },
})

const HDD = 'pci0000:00/ata1/block/sda'
const NVME = 'pci0000:00/nvme/nvme0/nvme0n1'
const mapped = (n: number, name: string, slaves: readonly string[]): Block => ({
  at: `virtual/block/dm-${String(n)}`,
  number: `253:${String(n)}`,
  files: { 'dm/name': `${name}\n`, 'queue/rotational': '1\n' },
  slaves,
})

const BLOCKS: readonly Block[] = [
  disk(HDD, '8:0', 1),
  partition(`${HDD}/sda1`, '8:1'),
  disk('pci0000:00/ata2/block/sdb', '8:16', 1),
  disk(NVME, '259:0', 0),
  partition(`${NVME}/nvme0n1p2`, '259:2'),
  mapped(0, 'luks-root', [`${NVME}/nvme0n1p2`]),
  mapped(1, 'vg-home', ['virtual/block/dm-0']),
  {
    at: 'virtual/block/md0',
    number: '9:0',
    files: { 'queue/rotational': '1\n' },
    slaves: [`${HDD}/sda1`, 'pci0000:00/ata2/block/sdb'],
  },
  {
    at: 'virtual/block/loop3',
    number: '7:3',
    files: { 'loop/backing_file': '/mnt/hdd/disk.img\n', 'queue/rotational': '0\n' },
  },
  disk('pci0000:00/0000:00:02.0/virtio1/block/vda', '254:0', 1),
  { at: 'virtual/block/zram0', number: '252:0' },
]

/** A tree as sysfs has it. */
function sysfs(t: TestContext): string {
  const sys = freshFolder(t)
  for (const { at, number, files = {}, slaves = [] } of BLOCKS) {
    const folder = join(sys, 'devices', at)
    mkdirSync(join(folder, 'slaves'), { recursive: true })
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    for (const slave of slaves) {
      symlinkSync(join(sys, 'devices', slave), join(folder, 'slaves', basename(slave)))
    }
    for (const [names, name] of [
      ['dev/block', number],
      ['class/block', basename(at)],
    ] as const) {
      mkdirSync(join(sys, names), { recursive: true })
      symlinkSync(folder, join(sys, names, name))
    }
  }
  return sys
}

const MOUNTS = [
  '27 1 253:1 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-home rw',
  '28 27 8:1 / /mnt/hdd rw - xfs /dev/sda1 rw',
  '29 27 8:1 /deep /srv/two\\040words rw master:2 - xfs /dev/sda1 rw',
  '30 27 9:0 / /mnt/raid rw - ext4 /dev/md0 rw',
  '31 27 0:41 /@home /home rw - btrfs /dev/mapper/luks-root rw,subvol=/@home',
  '32 27 7:3 / /mnt/image rw - ext4 /dev/loop3 rw',
  '33 27 254:0 / /mnt/guest rw - ext4 /dev/vda rw',
  '34 27 0:50 / /mnt/over rw - overlay overlay rw,lowerdir=/a,upperdir=/b',
  '35 27 252:0 / /mnt/ram rw - ext4 /dev/zram0 rw',
  '36 27 8:99 / /mnt/unknown rw - ext4 /dev/sdz3 rw',
  '40 27 0:60 / /net/nfs rw - nfs4 NAS.local:/volume1/models rw,addr=10.0.0.2',
  '41 27 0:61 / /net/smb rw - cifs //nas.local/models rw',
  '42 27 0:62 / /net/ssh rw - fuse.sshfs me@gpu-box:/models rw',
  '43 27 0:63 / /net/six rw - nfs [fd00::1]:/models rw',
  '44 27 0:64 / /net/cloud rw - fuse.rclone gdrive: rw',
].join('\n')

describe('the devices behind a path', { skip: process.platform === 'win32' }, () => {
  const expected: readonly [what: string, path: string, ...devices: string[]][] = [
    ['a partition of a spinning disk', '/mnt/hdd/models', 'device:sda spinning'],
    ['the same through a bind mount', '/srv/two words/x', 'device:sda spinning'],
    ['LVM on crypt on a partition', '/opt/models', 'device:nvme0n1 solid'],
    ['a file system with a number of its own', '/home/me', 'device:nvme0n1 solid'],
    ['a RAID of two', '/mnt/raid', 'device:sda spinning', 'device:sdb spinning'],
    ['a file as a disk', '/mnt/image/x', 'device:sda spinning'],
    ['a disk of a virtual machine', '/mnt/guest', 'device:vda unknown'],
    ['a file system on others', '/mnt/over/x', 'device:0:50 unknown'],
    ['a disk that reports nothing about itself', '/mnt/ram', 'device:zram0 unknown'],
    ['a disk that sysfs lacks', '/mnt/unknown', 'device:8:99 unknown'],
    ['NFS', '/net/nfs/loras', 'network:nas.local network'],
    ['SMB of the same server', '/net/smb', 'network:nas.local network'],
    ['SSH', '/net/ssh', 'network:gpu-box network'],
    ['a server by its address', '/net/six', 'network:[fd00::1] network'],
    ['a cloud', '/net/cloud', 'network:gdrive network'],
  ]
  for (const [what, path, ...devices] of expected) {
    test(`are found for ${what}`, (t) => {
      const found = devicesOf(path, { mounts: MOUNTS, sys: sysfs(t) })
      assert.deepEqual(
        found.map(({ id, kind }) => `${id} ${kind}`),
        devices,
      )
    })
  }

  test('end where layers lie on each other in a circle', (t) => {
    const sys = sysfs(t)
    const mounts = '1 1 7:3 / / rw - ext4 /dev/loop3 rw'
    assert.deepEqual(devicesOf('/x', { mounts, sys }), [{ id: 'device:loop3', kind: 'solid' }])
  })

  test('are volumes where the system has no table', () => {
    const none = { mounts: null, sys: '/nowhere' }
    assert.deepEqual(devicesOf('/Volumes/Big/models', none), [
      { id: 'device:/Volumes/Big', kind: 'unknown' },
    ])
    assert.deepEqual(devicesOf('/Users/me', none), devicesOf('/Applications', none))
  })

  test('are found on this machine', () => {
    const [first, ...rest] = devicesOf(realpathSync(tmpdir()))
    assert.ok(first !== undefined)
    assert.deepEqual(devicesOf(join(realpathSync(tmpdir()), 'not/there')), [first, ...rest])
    if (process.platform === 'linux') assert.match(first.id, /^(?:device|network):/u)
  })
})
