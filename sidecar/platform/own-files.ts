/**
 * Where the parts of this program are. It runs from its sources, or from `dist/`, where `npm run
 * build` puts the programs of `sidecar/` and their shared code into one folder.
 */
import { basename, extname } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = import.meta.url
const FROM_SOURCES = HERE.endsWith('.ts')

/**
 * Returns the address of a program that a thread or a child process runs.
 * @param source the program's source, relative to the asking module: `./hash-worker.ts`
 * @param from the `import.meta.url` of the asking module
 */
export function ownProgram(source: string, from: string): URL {
  if (FROM_SOURCES) return new URL(source, from)
  return new URL(basename(source, '.ts') + extname(fileURLToPath(HERE)), HERE)
}

const folder = (fromSources: string, built: string) =>
  fileURLToPath(new URL(FROM_SOURCES ? `../../${fromSources}` : `../${built}`, HERE))

/** Folders of this program that hold no code of its own process, as absolute paths. */
export const OWN_FOLDERS = {
  /** The page at `/`; absent without a build. */
  page: folder('dist/page', 'page'),
  docs: folder('docs', 'docs'),
  /** ComfyUI's extension. */
  extension: folder('comfy-extension', 'comfy-extension'),
} as const
