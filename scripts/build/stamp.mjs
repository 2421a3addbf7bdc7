/**
 * What `dist/` was made of, and whether that is still so. Plain JavaScript, since the runner asks
 * before each start, on whatever Node there is.
 */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
export const DIST = path.join(ROOT, 'dist')
/** The command and service that were built. */
export const PROGRAM = path.join(DIST, 'sidecar', 'synapse.mjs')
const STAMP = path.join(DIST, '.stamp.json')

/** More than the build reads, so that nothing it could come to read is overlooked. */
const FOLDERS = ['comfy-extension', 'docs', 'schemas', 'scripts/build', 'sidecar', 'web-components']
const FILES = ['LICENSE', 'package-lock.json', 'scripts/build.ts', 'tsconfig.json']
const GENERATED = new Set(['comfy-extension/web', 'web-components/dist'])

/** The change time also reveals files whose old mtime was restored. */
function stateOf(file) {
  const { size, mtimeNs, ctimeNs } = fs.statSync(path.join(ROOT, file), { bigint: true })
  return `${size} ${mtimeNs} ${ctimeNs}`
}

function filesIn(folder) {
  return fs.readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = `${folder}/${entry.name}`
    if (entry.name.startsWith('.') || entry.name === '__pycache__') return []
    if (entry.isDirectory()) return GENERATED.has(file) ? [] : filesIn(file)
    return entry.isFile() ? [file] : []
  })
}

/** The state of every source as the disk reports it without reading one, by path from the root. */
export function readInputs() {
  const files = [...FILES, ...FOLDERS.flatMap(filesIn)].sort()
  return Object.fromEntries(files.map((file) => [file, stateOf(file)]))
}

/** A digest of the content of these sources. */
export function digestOf(inputs) {
  const hash = createHash('sha256')
  for (const file of Object.keys(inputs)) {
    hash.update(`\0${file}\0`).update(fs.readFileSync(path.join(ROOT, file)))
  }
  return hash.digest('hex')
}

export function readStamp() {
  try {
    return JSON.parse(fs.readFileSync(STAMP, 'utf8'))
  } catch {
    return undefined
  }
}

/** Says what `dist/` holds now; written last. */
export function writeStamp(stamp) {
  const temporary = `${STAMP}.${process.pid}.tmp`
  fs.writeFileSync(temporary, JSON.stringify(stamp))
  fs.renameSync(temporary, STAMP)
}

export function hasOutputs({ outputs }) {
  return outputs.every((file) => fs.existsSync(path.join(DIST, file)))
}

export function sameInputs(one, other) {
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
  )
}

/** Reports whether no source was touched since the build. False says only that one has to look. */
export function isFresh() {
  const stamp = readStamp()
  return stamp !== undefined && sameInputs(readInputs(), stamp.inputs) && hasOutputs(stamp)
}
