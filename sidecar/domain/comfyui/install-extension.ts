/** Installs the extension into a ComfyUI, as a link or a copy, and uninstalls what is ours. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import * as v from 'valibot'
import { AppError } from '../../../schemas/errors.ts'
import { RelativePath, Sha256 } from '../../../schemas/ids.ts'
import { documentText, parseJson } from '../../../schemas/json.ts'
import type { ComfyInstall, ComfyInstallResult } from '../../../schemas/store.ts'
import { parentsOf } from '../views/ui-layout.ts'
import { removeName, replaceFile } from '../../platform/disk.ts'
import { flipLink } from '../../platform/links.ts'
import { flushFolder } from '../../platform/folders.ts'
import { removeEmptyFolder } from '../../platform/folders.ts'
import { ensureFolder } from '../../platform/folders.ts'

const NAME = 'synapse'
/** The marker in a copy, which lists what we copied. */
const MARKER = '.synapse-extension.json'
const PYTHON_CACHE = '__pycache__'

/** Where the extension's own files are. */
export interface ExtensionSource {
  /** Absolute path of the folder. */
  readonly extensionFolder: string
}

const Marker = v.looseObject({
  schema: v.literal('synapse.extension_copy.v1'),
  /** A path may occur twice: with its old and its new digest. */
  files: v.array(v.object({ path: RelativePath, sha256: Sha256 })),
})

/** Path → digests of the files that we put there. */
type Copied = ReadonlyMap<string, ReadonlySet<string>>

type TargetState =
  | { readonly is: 'nothing' }
  /** `current`: the link leads to this extension, not to that of another Synapse. */
  | { readonly is: 'link'; readonly current: boolean }
  | { readonly is: 'foreign' }
  | { readonly is: 'copy'; readonly copied: Copied }

function isFile(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function isFolder(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** @throws comfyui.not_found, input.invalid for a path that is not absolute */
function targetIn(path: string): string {
  if (!isAbsolute(path)) throw new AppError('input.invalid', `${path} is not an absolute path`)
  const comfyui = resolve(path)
  const program = ['main.py', 'folder_paths.py'].some((name) => isFile(join(comfyui, name)))
  if (program && isFolder(join(comfyui, 'custom_nodes'))) return join(comfyui, 'custom_nodes', NAME)
  throw new AppError('comfyui.not_found', `${comfyui} is not a ComfyUI folder`, {
    hint: 'Name the folder that contains main.py and custom_nodes.',
  })
}

function readMarker(folder: string): Copied | null {
  if (!isFile(join(folder, MARKER))) return null
  try {
    const marker = v.safeParse(Marker, parseJson(fs.readFileSync(join(folder, MARKER), 'utf8')))
    if (!marker.success) return null
    const byPath = Map.groupBy(marker.output.files, (file) => file.path as string)
    return new Map([...byPath].map(([path, all]) => [path, new Set(all.map((one) => one.sha256))]))
  } catch {
    return null
  }
}

const Package = v.object({ name: v.literal('synapse') })

function isOurPackage(folder: string): boolean {
  try {
    return v.is(Package, parseJson(fs.readFileSync(join(folder, 'package.json'), 'utf8')))
  } catch {
    return false
  }
}

/** Reports whether a path is, or was, the extension of a Synapse, in its sources or its `dist/`. */
function isOfSynapse(path: string): boolean {
  if (basename(path) !== 'comfy-extension') return false
  if (!fs.existsSync(path)) return true
  const parent = dirname(path)
  return isOurPackage(parent) || (basename(parent) === 'dist' && isOurPackage(dirname(parent)))
}

function inspectTarget(target: string, extensionFolder: string): TargetState {
  const stat = fs.lstatSync(target, { throwIfNoEntry: false })
  if (stat === undefined) return { is: 'nothing' }
  if (stat.isSymbolicLink()) {
    const leadsTo = resolve(dirname(target), fs.readlinkSync(target))
    const current = leadsTo === resolve(extensionFolder)
    return current || isOfSynapse(leadsTo) ? { is: 'link', current } : { is: 'foreign' }
  }
  const copied = stat.isDirectory() ? readMarker(target) : null
  return copied === null ? { is: 'foreign' } : { is: 'copy', copied }
}

function taken(target: string, what: string): AppError {
  return new AppError('view.path_taken', `${target} ${what}`, {
    hint: 'Move it away, then repeat; nothing was changed.',
  })
}

function digest(bytes: Uint8Array): Sha256 {
  return createHash('sha256').update(bytes).digest('hex') as Sha256
}

/** Files of the extension, relative to its folder; links, caches and hidden files are left out. */
function filesBelow(folder: string, below = ''): string[] {
  return fs.readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.name.startsWith('.') || entry.name === PYTHON_CACHE) return []
    if (entry.isDirectory()) return filesBelow(folder, path)
    return entry.isFile() && !entry.name.endsWith('.map') ? [path] : []
  })
}

/** The state of a copied file: gone, as we wrote it, or changed by another program. */
function stateOf(folder: string, path: string, copied: Copied): 'gone' | 'ours' | 'changed' {
  const file = join(folder, path)
  if (fs.lstatSync(file, { throwIfNoEntry: false }) === undefined) return 'gone'
  if (!fs.lstatSync(file).isFile()) return 'changed'
  return copied.get(path)?.has(digest(fs.readFileSync(file))) === true ? 'ours' : 'changed'
}

interface CopyPlan {
  readonly files: ReadonlyMap<string, Buffer>
  /** Paths to write: missing, or an older version of ours. */
  readonly write: readonly string[]
  /** Paths of ours that the extension no longer has. */
  readonly drop: readonly string[]
}

/** @throws view.path_taken where a file that must be written was changed by another program */
function planCopy(target: string, extensionFolder: string, copied: Copied): CopyPlan {
  const paths = filesBelow(extensionFolder)
  const files = new Map(paths.map((path) => [path, fs.readFileSync(join(extensionFolder, path))]))
  const write = paths.filter((path) => {
    const bytes = files.get(path) ?? Buffer.alloc(0)
    const file = join(target, path)
    if (isFile(file) && fs.readFileSync(file).equals(bytes)) return false
    if (stateOf(target, path, copied) === 'changed')
      throw taken(file, 'was changed by another program')
    return true
  })
  const drop = [...copied.keys()].filter(
    (path) => !files.has(path) && stateOf(target, path, copied) === 'ours',
  )
  return { files, write, drop }
}

function markerText(files: Iterable<readonly [string, Iterable<string>]>): string {
  const rows = [...files].flatMap(([path, digests]) =>
    [...digests].map((sha256) => ({ path, sha256 })),
  )
  return documentText({ schema: 'synapse.extension_copy.v1', files: rows })
}

/** The marker lists every file before it is written, so that a crash leaves none unknown. */
async function copy(target: string, plan: CopyPlan, copied: Copied): Promise<void> {
  const now = new Map([...plan.files].map(([path, bytes]) => [path, new Set([digest(bytes)])]))
  const both = new Map<string, ReadonlySet<string>>(copied)
  for (const [path, digests] of now) both.set(path, digests.union(copied.get(path) ?? new Set()))
  await ensureFolder(target)
  await replaceFile(join(target, MARKER), markerText(both))
  for (const path of plan.write) {
    await ensureFolder(dirname(join(target, path)))
    await replaceFile(join(target, path), plan.files.get(path) ?? '')
  }
  await dropFiles(target, plan.drop)
  await replaceFile(join(target, MARKER), markerText(now))
}

/** Modules that Python compiled from a file of ours. */
function compiledFrom(target: string, path: string): string[] {
  const match = /^(?<folder>(?:.*\/)?)(?<stem>[^/]+)\.py$/u.exec(path)
  if (match?.groups === undefined) return []
  const cache = `${match.groups['folder'] ?? ''}${PYTHON_CACHE}`
  if (!isFolder(join(target, cache))) return []
  const start = `${match.groups['stem'] ?? ''}.`
  return fs
    .readdirSync(join(target, cache))
    .filter((name) => name.startsWith(start) && name.endsWith('.pyc'))
    .map((name) => `${cache}/${name}`)
}

/** Removes files, what Python made of them, and the folders that this leaves empty. */
async function dropFiles(target: string, paths: readonly string[]): Promise<void> {
  const all = paths.flatMap((path) => [path, ...compiledFrom(target, path)])
  for (const path of all) await removeName(join(target, path), false)
  const folders = new Set(all.flatMap(parentsOf))
  for (const folder of [...folders].sort().reverse()) removeEmptyFolder(join(target, folder))
  if (all.length > 0) await flushFolder(target)
}

async function removeCopy(target: string, copied: Copied): Promise<string[]> {
  const states = [...copied.keys()].map((path) => [path, stateOf(target, path, copied)] as const)
  const ours = states.filter(([, state]) => state === 'ours').map(([path]) => path)
  await dropFiles(target, ours)
  await removeName(join(target, MARKER))
  if (removeEmptyFolder(target)) await flushFolder(dirname(target))
  return states.filter(([, state]) => state === 'changed').map(([path]) => path)
}

const RESTART = 'Restart ComfyUI.'

/** Where an extension is installed, and the options of the request. */
interface Installation {
  readonly request: ComfyInstall
  readonly target: string
}

function answer(
  { request, target }: Installation,
  how: ComfyInstallResult['how'],
  next = RESTART,
): ComfyInstallResult {
  const comfyui = resolve(request.path)
  return { dry_run: request.dry_run, comfyui, target, how, next }
}

/**
 * Makes `custom_nodes/synapse` a link to the extension, or a copy of it. An existing installation
 * keeps its kind: a copy is updated, a link to another Synapse is redirected to this one.
 * @throws comfyui.not_found, view.path_taken where something foreign is there, disk.*
 */
export async function installExtension(
  request: ComfyInstall,
  { extensionFolder }: ExtensionSource,
): Promise<ComfyInstallResult> {
  const target = targetIn(request.path)
  const installation = { request, target }
  const state = inspectTarget(target, extensionFolder)
  if (state.is === 'foreign') throw taken(target, 'is not of Synapse')
  if (state.is === 'link' && state.current) {
    return answer(installation, 'already_there')
  }
  if (state.is === 'link' || (state.is === 'nothing' && !request.copy)) {
    if (!request.dry_run) await flipLink(resolve(extensionFolder), target, 'junction')
    return answer(installation, 'link')
  }
  const copied: Copied = state.is === 'copy' ? state.copied : new Map()
  const plan = planCopy(target, extensionFolder, copied)
  if (state.is === 'copy' && plan.write.length + plan.drop.length === 0) {
    return answer(installation, 'already_there')
  }
  if (!request.dry_run) await copy(target, plan, copied)
  return answer(installation, 'copy')
}

/**
 * Uninstalls the extension from a ComfyUI: our link, or the copied files that were not changed
 * since, name by name.
 * @throws comfyui.not_found, view.path_taken where what is there is not ours, disk.*
 */
export async function uninstallExtension(
  request: ComfyInstall,
  { extensionFolder }: ExtensionSource,
): Promise<ComfyInstallResult> {
  const target = targetIn(request.path)
  const installation = { request, target }
  const state = inspectTarget(target, extensionFolder)
  if (state.is === 'foreign') throw taken(target, 'is not of Synapse')
  if (state.is === 'nothing') return answer(installation, 'not_there', 'Nothing to do.')
  if (request.dry_run) return answer(installation, 'removed')
  if (state.is === 'link') {
    await removeName(target)
    return answer(installation, 'removed')
  }
  const kept = await removeCopy(target, state.copied)
  const left = kept.length === 0 ? '' : ` These were changed and stay: ${kept.join(', ')}.`
  return answer(installation, 'removed', `${RESTART}${left}`)
}
