/** Bundles the panel for the browser: as the page that the service serves, and for ComfyUI. */
import fs from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type BuildOptions } from 'esbuild'
import { ROOT } from '../source-files.ts'
import { licencesIn, licencesText } from './licences.ts'
import type { Outputs } from './outputs.ts'

const GZIP_LIMIT = 120 * 1024

/** ComfyUI imports every .js of an extension's web folder: this is the only one. */
const COMFYUI_ENTRY = `// Written by "npm run build". ComfyUI loads this file, and it loads the panel.
import './synapse-panel.mjs'
`

interface Target {
  readonly name: string
  readonly entry: string
  readonly options: Pick<BuildOptions, 'minify' | 'legalComments'>
}

const PAGE: Target = {
  name: 'page',
  entry: 'web-components/main.ts',
  options: { minify: true, legalComments: 'none' },
}

const COMFYUI: Target = {
  name: 'comfyui',
  entry: 'web-components/comfyui.ts',
  // Readable for those who review extensions, with each licence where it applies.
  options: { minify: false, legalComments: 'inline' },
}

interface Bundle {
  readonly code: string
  readonly licences: string
  /** Name and weight. */
  readonly summary: string
}

function weightOf(name: string, code: string): string {
  const bytes = gzipSync(code).length
  const note = bytes > GZIP_LIMIT ? ` (over the limit of ${String(GZIP_LIMIT / 1024)} kB!)` : ''
  return `${name} ${(bytes / 1024).toFixed(1)} kB gzip${note}`
}

async function bundle({ name, entry, options }: Target): Promise<Bundle> {
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile: 'panel.mjs',
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
  const code = banner + (result.outputFiles[0]?.text ?? '')
  return { code, licences: licencesText(licences), summary: weightOf(name, code) }
}

/** What the page at `/` and the `web/` of ComfyUI's extension hold. */
export interface Panel {
  readonly page: Outputs
  readonly web: Outputs
  readonly summary: string
}

/** Bundles both. @throws Error where a source is missing or does not compile */
export async function bundlePanel(): Promise<Panel> {
  const html = await fs.readFile(path.join(ROOT, 'web-components/index.html'), 'utf8')
  const [page, comfyui] = await Promise.all([bundle(PAGE), bundle(COMFYUI)])
  return {
    page: new Map([
      ['LICENSES.txt', page.licences],
      ['page.mjs', page.code],
      ['index.html', html],
    ]),
    web: new Map([
      ['LICENSES.txt', comfyui.licences],
      ['synapse-panel.mjs', comfyui.code],
      ['synapse.js', COMFYUI_ENTRY],
    ]),
    summary: `${page.summary}, ${comfyui.summary}`,
  }
}
