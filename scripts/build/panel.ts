/** Bundles the panel for the browser: as the page that the service serves, and for ComfyUI. */
import fs from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type BuildOptions } from 'esbuild'
import { ROOT } from '../source-files.ts'
import { licencesIn, licencesText } from './licences.ts'

const GZIP_LIMIT = 120 * 1024
const PART = /^part-\w+\.mjs$/u

/** ComfyUI imports every .js of an extension's web folder: this is the only one. */
const COMFYUI_ENTRY = `// Written by "npm run build". ComfyUI loads this file, and it loads the panel.
import './synapse-panel.mjs'
`

interface Target {
  readonly name: string
  readonly entry: string
  /** The file that is loaded by its name. */
  readonly file: string
  readonly options: Pick<BuildOptions, 'minify' | 'legalComments' | 'splitting'>
}

const PAGE: Target = {
  name: 'page',
  entry: 'web-components/main.ts',
  file: 'page.mjs',
  // What a page alone needs comes when it is shown first.
  options: { minify: true, legalComments: 'none', splitting: true },
}

const COMFYUI: Target = {
  name: 'comfyui',
  entry: 'web-components/comfyui.ts',
  file: 'synapse-panel.mjs',
  // One file, readable for those who review extensions, with each licence where it applies.
  // Separate parts would be gone if the extension is updated while ComfyUI's page is open, which
  // only its user may reload.
  options: { minify: false, legalComments: 'inline', splitting: false },
}

interface Bundle {
  /** Name → code; parts come before the file that loads them. */
  readonly files: ReadonlyMap<string, string>
  readonly licences: string
  /** Name and weight. */
  readonly summary: string
}

const gzipped = (codes: Iterable<string>) =>
  [...codes].reduce((sum, code) => sum + gzipSync(code).length, 0)

const kilobytes = (bytes: number) => (bytes / 1024).toFixed(1)

/** The weight of what is loaded at once, and of all. */
function weightOf({ name, file }: Target, files: Bundle['files']): string {
  const all = gzipped(files.values())
  const first = gzipped(loadedAtOnce(files, file).values())
  const note = all > GZIP_LIMIT ? ` (over the limit of ${String(GZIP_LIMIT / 1024)} kB!)` : ''
  return `${name} ${kilobytes(first)} of ${kilobytes(all)} kB gzip${note}`
}

const STATIC_IMPORT = /(?:from|import)\s*"\.\/(part-\w+\.mjs)"/gu

/** Returns a file of a bundle with those that it imports before it runs, by name. */
export function loadedAtOnce(
  files: ReadonlyMap<string, string>,
  file: string,
): Map<string, string> {
  const loaded = new Map<string, string>()
  const load = (name: string) => {
    if (loaded.has(name)) return
    const code = files.get(name) ?? ''
    loaded.set(name, code)
    for (const [, part = ''] of code.matchAll(STATIC_IMPORT)) load(part)
  }
  load(file)
  return loaded
}

async function bundle(target: Target): Promise<Bundle> {
  const { entry, file, options } = target
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: { [path.basename(file, '.mjs')]: entry },
    outdir: 'panel',
    outExtension: { '.js': '.mjs' },
    chunkNames: 'part-[hash]',
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
    ...options,
  })
  const licences = await licencesIn([result.metafile])
  const titles = licences.map(({ title }) => ` *   ${title}\n`).join('')
  const banner = `/*!\n * Synapse, MIT licence, Synapse contributors. Texts: LICENSES.txt. Bundled:\n${titles} */\n`
  const written = result.outputFiles.map(({ path: out, text }) => {
    const name = path.basename(out)
    return [name, PART.test(name) ? text : banner + text] as const
  })
  const files = new Map([...written].sort(([one], [other]) => rank(one) - rank(other)))
  return { files, licences: licencesText(licences), summary: weightOf(target, files) }
}

const rank = (name: string) => (PART.test(name) ? 0 : 1)

/** What the page at `/` and the `web/` of ComfyUI's extension hold. */
export interface Panel {
  readonly page: ReadonlyMap<string, string>
  readonly web: ReadonlyMap<string, string>
  readonly summary: string
}

/** Bundles both. @throws Error where a source is missing or does not compile */
export async function bundlePanel(): Promise<Panel> {
  const html = await fs.readFile(path.join(ROOT, 'web-components/index.html'), 'utf8')
  const [page, comfyui] = await Promise.all([bundle(PAGE), bundle(COMFYUI)])
  return {
    page: new Map([['LICENSES.txt', page.licences], ...page.files, ['index.html', html]]),
    web: new Map([
      ['LICENSES.txt', comfyui.licences],
      ...comfyui.files,
      ['synapse.js', COMFYUI_ENTRY],
    ]),
    summary: `${page.summary}, ${comfyui.summary}`,
  }
}
