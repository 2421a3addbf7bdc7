/** Real volumes for tests: mounted for one test, unmounted after it. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** Returns a fresh folder that is gone after the test, for tests that mount nothing in it. */
export function freshFolder(t: TestContext): string {
  const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'synapse-test-')))
  t.after(() => {
    fs.rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/** Runs a program; false where it is not there or fails. */
export function canRun(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Skips the test aloud. */
export function skipLoudly(t: TestContext, why: string): void {
  console.error(`SKIPPED ${t.name}: ${why}`)
  t.skip(why)
}

function mounted(t: TestContext, mount: (folder: string) => boolean, why: string): string | null {
  const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'synapse-volume-')))
  const works = mount(folder)
  t.after(() => {
    if (works) execFileSync('umount', ['-l', folder])
    fs.rmdirSync(folder)
  })
  if (works) return folder
  skipLoudly(t, why)
  return null
}

/**
 * Returns a memory disk of `size` (`2m`); null, and the test skipped, where mounting is not
 * possible.
 */
export function tmpfs(t: TestContext, size: string): string | null {
  const mount = (folder: string): boolean =>
    canRun('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder)
  return mounted(t, mount, 'tmpfs cannot be mounted here')
}

function image(t: TestContext, megabytes: number): string {
  const path = join(freshFolder(t), 'volume.img')
  fs.writeFileSync(path, '')
  fs.truncateSync(path, megabytes * 2 ** 20)
  return path
}

/** Returns a volume with reflinks; null, and the test skipped, where there can be none. */
export function btrfs(t: TestContext): string | null {
  const path = image(t, 128)
  const made = canRun('mkfs.btrfs', '-q', path)
  const mount = (folder: string): boolean => made && canRun('mount', '-o', 'loop', path, folder)
  return mounted(t, mount, 'btrfs needs mkfs.btrfs and loop mounts')
}

/** Returns a FAT volume; null, and the test skipped, where there can be none. */
export function fat(t: TestContext): string | null {
  const path = image(t, 64)
  const made = canRun('mkfs.vfat', path)
  const mount = (folder: string): boolean =>
    made && (canRun('mount', '-o', 'loop', path, folder) || fuseFat(path, folder))
  return mounted(t, mount, 'FAT needs mkfs.vfat and the kernel vfat or fusefat')
}

// fusefat says that it succeeded also where it mounted nothing.
function fuseFat(path: string, folder: string): boolean {
  return canRun('fusefat', '-o', 'rw+', path, folder) && canRun('mountpoint', '-q', folder)
}

/**
 * Returns a volume that refuses NTFS-reserved names; null, and the test skipped, where there is
 * none.
 */
export function ntfs(t: TestContext): string | null {
  const path = image(t, 64)
  const made = canRun('mkntfs', '-q', '-F', path)
  const mount = (folder: string): boolean =>
    made && canRun('ntfs-3g', '-o', 'windows_names', path, folder)
  return mounted(t, mount, 'NTFS needs mkntfs and ntfs-3g')
}

/** Runs `work` as a user whom permissions bind, also where the tests run as root. */
export async function withoutPrivileges<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work()
  const nobody = 65_534
  process.seteuid?.(nobody)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}

/**
 * Returns another way to `source` by a bind mount; null, and the test skipped, where that cannot
 * be.
 */
export function bindMount(t: TestContext, source: string): string | null {
  const mount = (folder: string): boolean => canRun('mount', '--bind', source, folder)
  return mounted(t, mount, 'folders cannot be bind-mounted here')
}

/**
 * Returns another way to `source` by FUSE, with another device number; null where that cannot be.
 */
export function fuseMount(t: TestContext, source: string): string | null {
  const mount = (folder: string): boolean => canRun('bindfs', source, folder)
  return mounted(t, mount, 'FUSE needs bindfs')
}

/**
 * Returns a folder in which another folder of the same disk is mounted at `place`; both are gone
 * after the test. Null, and the test skipped, where that cannot be.
 */
export function withPartMounted(t: TestContext, place: string): string | null {
  const [folder, part] = ['whole', 'part'].map((name) =>
    fs.realpathSync(fs.mkdtempSync(join(tmpdir(), `synapse-${name}-`))),
  ) as [string, string]
  const target = join(folder, place)
  fs.mkdirSync(target, { recursive: true })
  const works = canRun('mount', '--bind', part, target)
  t.after(() => {
    if (works) execFileSync('umount', ['-l', target])
    for (const one of [folder, part]) fs.rmSync(one, { recursive: true, force: true })
  })
  if (works) return folder
  skipLoudly(t, 'folders cannot be bind-mounted here')
  return null
}

/**
 * Returns a layered volume over what `fill` writes into its lower layer; null where that cannot be.
 * Its files have inode numbers above 2^62 where the layers are two memory disks.
 */
export function overlay(t: TestContext, fill: (lower: string) => unknown): string | null {
  const [lower, above] = [tmpfs(t, '64m'), tmpfs(t, '64m')]
  if (lower === null || above === null) return null
  const [upper, work] = [join(above, 'upper'), join(above, 'work')]
  for (const folder of [upper, work]) fs.mkdirSync(folder)
  fill(lower)
  const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work},xino=on`
  const mount = (folder: string): boolean =>
    canRun('mount', '-t', 'overlay', '-o', layers, 'overlay', folder)
  return mounted(t, mount, 'overlays cannot be mounted here')
}

/**
 * Returns a volume with a folder whose names are folded; null, and the test skipped, where there is
 * none.
 */
export function casefold(t: TestContext): string | null {
  const path = image(t, 64)
  const made = canRun('mkfs.ext4', '-q', '-O', 'casefold', path)
  const mount = (folder: string): boolean => made && canRun('mount', '-o', 'loop', path, folder)
  const volume = mounted(t, mount, 'ext4 does not fold names here')
  if (volume === null) return null
  const folded = join(volume, 'folded')
  fs.mkdirSync(folded)
  if (canRun('chattr', '+F', folded)) return folded
  skipLoudly(t, 'folders cannot be made to fold names here')
  return null
}

/**
 * Returns a volume that folds the case of names; null, and the test skipped, where there can be
 * none.
 */
export function folding(t: TestContext): string | null {
  const path = image(t, 64)
  const made = canRun('mkntfs', '-q', '-F', path)
  const mount = (folder: string): boolean =>
    made && canRun('lowntfs-3g', '-o', 'ignore_case', path, folder)
  return mounted(t, mount, 'a folding NTFS needs mkntfs and lowntfs-3g')
}
