/**
 * Bundles the panel for the browser: once as a page that the sidecar serves, once as a ComfyUI
 * extension. Does nothing when no input has changed since the last run.
 */
import { createHash } from 'node:crypto'
import fs from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, version as esbuildVersion, type BuildOptions, type Metafile } from 'esbuild'
import * as v from 'valibot'

const ROOT = path.dirname(import.meta.dirname)
const CACHE = path.join(ROOT, 'node_modules/.cache/synapse-bundle.json')
const GZIP_LIMIT = 120 * 1024

const PAGE_HTML = 'web-components/index.html'
const PAGE_DIR = 'web-components/dist'
const COMFYUI_DIR = 'comfy-extension/web'

/** ComfyUI imports every .js of an extension's web folder: this is the only one. */
const COMFYUI_ENTRY = `// Written by "npm run bundle". ComfyUI loads this file, and it loads the panel.
import './synapse-panel.mjs'
`

interface Target {
  readonly name: string
  readonly entry: string
  readonly outfile: string
  readonly options: Pick<BuildOptions, 'minify' | 'legalComments'>
}

const TARGETS: readonly Target[] = [
  {
    name: 'page',
    entry: 'web-components/main.ts',
    outfile: `${PAGE_DIR}/page.mjs`,
    options: { minify: true, legalComments: 'none' },
  },
  {
    // Readable for those who review extensions, with each licence where it applies.
    name: 'comfyui',
    entry: 'web-components/comfyui.ts',
    outfile: `${COMFYUI_DIR}/synapse-panel.mjs`,
    options: { minify: false, legalComments: 'inline' },
  },
]

interface Bundle {
  readonly target: Target
  readonly code: string
  readonly licences: string
  readonly inputs: readonly string[]
}

const CacheSchema = v.object({
  digest: v.string(),
  inputs: v.array(v.string()),
  summary: v.string(),
})

async function readCache(): Promise<v.InferOutput<typeof CacheSchema> | undefined> {
  try {
    return v.parse(CacheSchema, JSON.parse(await fs.readFile(CACHE, 'utf8')))
  } catch {
    return undefined
  }
}

/** A digest of everything that a bundle is made of and of what it was written to. */
async function digestOf(inputs: readonly string[]): Promise<string | undefined> {
  const hash = createHash('sha256').update(esbuildVersion)
  const outputs = [
    ...TARGETS.map((target) => target.outfile),
    ...[`${PAGE_DIR}/index.html`, `${COMFYUI_DIR}/synapse.js`],
  ]
  const settings = ['scripts/bundle.ts', 'package-lock.json', 'tsconfig.json', PAGE_HTML]
  try {
    for (const file of [...settings, ...inputs, ...outputs]) {
      hash.update(`\0${file}\0`).update(await fs.readFile(path.join(ROOT, file)))
    }
  } catch {
    return undefined
  }
  return hash.digest('hex')
}

/** The npm packages a bundle holds, told from the paths of its inputs. */
function packagesIn(metafile: Metafile): string[] {
  const names = Object.keys(metafile.inputs).map(
    (input) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1],
  )
  return [...new Set(names.filter((name) => name !== undefined))].sort()
}

const PackageSchema = v.object({ version: v.string(), license: v.optional(v.string(), 'unknown') })

async function licenceOf(name: string): Promise<{ title: string; text: string }> {
  const folder = path.join(ROOT, 'node_modules', name)
  const manifest = v.parse(
    PackageSchema,
    JSON.parse(await fs.readFile(path.join(folder, 'package.json'), 'utf8')),
  )
  const title = `${name} ${manifest.version} (${manifest.license})`
  const file = (await fs.readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry))
  return { title, text: file ? await fs.readFile(path.join(folder, file), 'utf8') : '' }
}

async function makeBundle(target: Target): Promise<Bundle> {
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: [target.entry],
    outfile: target.outfile,
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    charset: 'utf8',
    logLevel: 'warning',
    // ComfyUI's own modules, there at run time only.
    external: ['/scripts/*', '*/scripts/app.js', '*/scripts/api.js', '../../scripts/*.js'],
    ...target.options,
  })
  const licences = await Promise.all(packagesIn(result.metafile).map(licenceOf))
  const titles = licences.map(({ title }) => ` *   ${title}\n`).join('')
  const banner = `/*!\n * Synapse, MIT licence, Synapse contributors. Texts: LICENSES.txt. Bundled:\n${titles} */\n`
  return {
    target,
    code: banner + (result.outputFiles[0]?.text ?? ''),
    licences: licences.map(({ title, text }) => `${title}\n\n${text.trim()}\n`).join('\n---\n\n'),
    inputs: Object.keys(result.metafile.inputs),
  }
}

/** Writes by rename, so that a page being loaded never sees half a file. */
async function writeOutput(file: string, text: string): Promise<void> {
  const target = path.join(ROOT, file)
  await fs.mkdir(path.dirname(target), { recursive: true })
  const temporary = `${target}.${String(process.pid)}.tmp`
  await fs.writeFile(temporary, text)
  await fs.rename(temporary, target)
}

function sizeOf({ target, code }: Bundle): string {
  const bytes = gzipSync(code).length
  const note = bytes > GZIP_LIMIT ? ` (over the limit of ${String(GZIP_LIMIT / 1024)} kB!)` : ''
  return `${target.name} ${(bytes / 1024).toFixed(1)} kB gzip${note}`
}

async function requireSources(): Promise<void> {
  for (const file of [...TARGETS.map((target) => target.entry), PAGE_HTML]) {
    await fs.access(path.join(ROOT, file)).catch(() => {
      throw new Error(`There is no ${file} to bundle.`)
    })
  }
}

/**
 * Brings the bundles up to date and returns one line that tells what they weigh.
 * Throws when a source is missing or does not compile; the old outputs then stay as they were.
 */
export async function bundlePanel(): Promise<string> {
  await requireSources()
  const cache = await readCache()
  if (cache && cache.digest === (await digestOf(cache.inputs))) {
    return `panel: ${cache.summary}, unchanged`
  }
  const bundles = await Promise.all(TARGETS.map(makeBundle))
  const html = await fs.readFile(path.join(ROOT, PAGE_HTML), 'utf8')
  await writeOutput(`${PAGE_DIR}/index.html`, html)
  await writeOutput(`${COMFYUI_DIR}/synapse.js`, COMFYUI_ENTRY)
  for (const { target, code, licences } of bundles) {
    await writeOutput(target.outfile, code)
    await writeOutput(`${path.dirname(target.outfile)}/LICENSES.txt`, licences)
  }
  const summary = bundles.map(sizeOf).join(', ')
  const inputs = [...new Set(bundles.flatMap((bundle) => bundle.inputs))].sort()
  const digest = await digestOf(inputs)
  if (digest !== undefined) {
    await writeOutput(path.relative(ROOT, CACHE), JSON.stringify({ digest, inputs, summary }))
  }
  return `panel: ${summary}`
}

if (import.meta.main) {
  try {
    console.log(await bundlePanel())
  } catch (error) {
    console.error(`panel: not bundled. ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
  }
}
