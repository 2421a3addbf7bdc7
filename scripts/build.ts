/**
 * Makes `dist/`, which people run and install: `npm run build`. Without `--release`, as before each
 * `npm start`, it makes no declarations and keeps the parts of former builds, since a service that
 * runs may still load them.
 */
import fs from 'node:fs'
import path from 'node:path'
import { withLock } from './run/lock.mjs'
import { writeOutputs, removeOutputs, type Outputs } from './build/outputs.ts'
import { bundlePanel } from './build/panel.ts'
import { bundleSidecar } from './build/sidecar.ts'
import * as stamps from './build/stamp.mjs'
import type { Stamp } from './build/stamp.mjs'
import { listFiles, ROOT } from './source-files.ts'

const LOCK = path.join(ROOT, '.build.lock')
const EXTENSION = 'comfy-extension'
/** ComfyUIs that an earlier version was put into load the panel from here. */
const SOURCE_WEB = path.join(ROOT, EXTENSION, 'web')
const FORMER_BUILDS = 3
/** The exit code where the disk takes no writes: see run.mjs. */
const UNWRITABLE = 3
const UNWRITABLE_ERRNOS = new Set(['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT'])

function copies(...patterns: readonly string[]): Outputs {
  const files = listFiles(...patterns)
  return new Map(files.map((file) => [file, fs.readFileSync(path.join(ROOT, file))]))
}

const below = (folder: string, outputs: Outputs): Outputs =>
  new Map([...outputs].map(([name, content]) => [`${folder}/${name}`, content]))

interface Build {
  readonly outputs: Outputs
  readonly web: Outputs
  readonly summary: string
}

async function makeAll(): Promise<Build> {
  const [panel, sidecar] = await Promise.all([bundlePanel(), bundleSidecar()])
  const outputs = new Map([
    ...copies('docs/*.md', `${EXTENSION}/*.py`, `${EXTENSION}/pyproject.toml`),
    ...below('page', panel.page),
    ...below(`${EXTENSION}/web`, panel.web),
    ...sidecar.outputs,
  ])
  return { outputs, web: panel.web, summary: `${sidecar.summary}, ${panel.summary}` }
}

/** Removes what no build needs any more. */
function prune(before: Stamp | undefined, keep: ReadonlySet<string>): void {
  const known = [...(before?.outputs ?? []), ...(before?.former.flat() ?? [])]
  removeOutputs(stamps.DIST, new Set(known).difference(keep))
}

const isPart = (file: string) => file.startsWith('sidecar/part-')

async function build(inputs: stamps.Inputs, digest: string): Promise<string> {
  const before = stamps.readStamp()
  const { outputs, web, summary } = await makeAll()
  writeOutputs(stamps.DIST, outputs)
  writeOutputs(SOURCE_WEB, web)
  const names = [...outputs.keys()]
  const parts = before === undefined ? [] : [before.outputs.filter(isPart), ...before.former]
  const former = parts.slice(0, FORMER_BUILDS)
  prune(before, new Set([...names, ...former.flat()]))
  stamps.writeStamp({ inputs, digest, outputs: names, former, summary })
  return summary
}

/** Updates `dist/` from the sources as they are when this begins. */
async function bringUpToDate(): Promise<string> {
  const inputs = stamps.readInputs()
  const digest = stamps.digestOf(inputs)
  const stamp = stamps.readStamp()
  if (stamp?.digest !== digest || !stamps.hasOutputs(stamp)) return build(inputs, digest)
  if (!stamps.sameInputs(stamp.inputs, inputs)) stamps.writeStamp({ ...stamp, inputs })
  return `${stamp.summary}, unchanged`
}

/** Leaves in `dist/` what is released, and nothing else. */
async function release(): Promise<void> {
  const stamp = stamps.readStamp()
  if (stamp === undefined) throw new Error('dist/ was removed meanwhile')
  prune(stamp, new Set(stamp.outputs))
  stamps.writeStamp({ ...stamp, former: [] })
  const { makeTypes } = await import('./build/types.ts')
  fs.rmSync(path.join(stamps.DIST, 'types'), { recursive: true, force: true })
  writeOutputs(stamps.DIST, makeTypes())
}

async function main(): Promise<void> {
  const summary = await withLock(LOCK, 'Waiting for another build …', async () => {
    const result = await bringUpToDate()
    if (process.argv.includes('--release')) await release()
    return result
  })
  console.error(`dist: ${summary}`)
}

function isUnwritable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && UNWRITABLE_ERRNOS.has(String(error.code))
}

try {
  await main()
} catch (error) {
  console.error(`dist: not built. ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = isUnwritable(error) ? UNWRITABLE : 1
}
