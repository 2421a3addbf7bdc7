/**
 * Other paths to the files of a store: a second mount, a re-mount by FUSE with its own device
 * number, a symbolic link, hard links. What is proven by a path or a number is wrong on one of them.
 */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import type { Client } from '../../../schemas/client.ts'
import { canRun } from '../../_support/volumes.ts'
import { sha256Of, blobPath, work, type Sandbox } from '../sandbox.ts'
import { blobsIn, choose, ownFiles } from './choices.ts'
import type { Memory } from './memory.ts'

const ALIASES = ['link', 'bind', 'fuse'] as const
type StoreAlias = (typeof ALIASES)[number]

const aliasPath = (sandbox: Sandbox, alias: StoreAlias) => `${dirname(sandbox.folder)}-${alias}`

function make(alias: StoreAlias, folder: string, at: string): boolean {
  if (alias === 'link') {
    fs.symlinkSync(folder, at)
    return true
  }
  fs.mkdirSync(at)
  const made =
    alias === 'bind' ? canRun('mount', '--bind', folder, at) : canRun('bindfs', folder, at)
  if (!made) fs.rmdirSync(at)
  return made
}

function leave(at: string): void {
  const stat = fs.lstatSync(at, { throwIfNoEntry: false })
  if (stat?.isSymbolicLink() === true) fs.unlinkSync(at)
  else if (stat !== undefined) {
    execFileSync('umount', ['-l', at])
    fs.rmdirSync(at)
  }
}

/**
 * Opens other paths to the folder above a sandbox, which stay while sandboxes in it come and go. One
 * that cannot be opened is reported loudly; in CI, where all are installed, that is a failure.
 */
export function openAliases(sandbox: Sandbox): Disposable {
  const opened: string[] = []
  const close = () => {
    for (const at of opened.splice(0)) leave(at)
  }
  process.once('exit', close)
  for (const alias of ALIASES) {
    const at = aliasPath(sandbox, alias)
    if (make(alias, dirname(sandbox.folder), at)) {
      opened.push(at)
      continue
    }
    if (process.env['CI'] && process.getuid?.() === 0) {
      close()
      throw new Error(`The alias "${alias}" of a store cannot be opened here, and CI needs it`)
    }
    console.error(`!!! SKIPPED: histories use no "${alias}" alias: it cannot be mounted here`)
  }
  return {
    [Symbol.dispose]() {
      process.off('exit', close)
      close()
    },
  }
}

const PLACES = [
  'store',
  'store/data',
  'store/data/blobs',
  'store/data/blobs/sha256',
  'store/data/trash',
  'store/data/views',
  'store/data/views/alpha/active',
  'store/data/quarantine',
]

/** Imports the store itself, or a file or folder of it, by one of its aliases. */
export async function importStore(
  { client, sandbox }: { readonly client: Client; readonly sandbox: Sandbox },
  a: number,
  b: number,
) {
  const open = ALIASES.map((alias) => aliasPath(sandbox, alias)).filter((at) => fs.existsSync(at))
  const blob = blobPath(choose(blobsIn(sandbox.root), a, '0'.repeat(64)))
  const place = choose([...PLACES, `store/${blob}`, `store/${dirname(blob)}`], a >> 2, 'store')
  const path = join(choose(open, b, dirname(sandbox.folder)), 'sandbox', place)
  const mode = choose(['move', 'move', 'copy', 'link'] as const, b >> 2, 'move')
  const hard = mode === 'link' && a % 2 === 0 ? { hard_link: true } : {}
  return work(client, 'imports.start', { paths: [path], mode, ...hard, all_files: a % 3 > 0 })
}

/** Hard-links a model of the store into the user's own files. */
export function hardLinkBlob(sandbox: Sandbox, memory: Memory, a: number, b: number): void {
  const sha256 = choose(blobsIn(sandbox.root), a, '')
  const path = join(sandbox.outside, 'new/loras', `second name ${String(b % 5)}.safetensors`)
  if (sha256 === '' || fs.existsSync(path)) return
  fs.mkdirSync(dirname(path), { recursive: true })
  fs.linkSync(join(sandbox.root, blobPath(sha256)), path)
  memory.before.own.set(path, sha256Of(fs.readFileSync(path)))
}

/** Makes a hard or symbolic link to one of the user's own files. */
export function aliasOwn(sandbox: Sandbox, memory: Memory, a: number, b: number): void {
  const file = choose(ownFiles(sandbox), a, undefined)
  const path = join(sandbox.outside, 'new/vae', `alias ${String(b % 5)}.safetensors`)
  if (file === undefined || fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined) return
  fs.mkdirSync(dirname(path), { recursive: true })
  if (b % 2 === 0) {
    fs.symlinkSync(file.absolute, path)
    return
  }
  fs.linkSync(file.absolute, path)
  memory.before.own.set(path, sha256Of(fs.readFileSync(path)))
}
