/** Bundles the command and the service: one file a program, and parts that they share. */
import path from 'node:path'
import { build } from 'esbuild'
import { ROOT } from '../source-files.ts'
import { licencesIn, licencesText } from './licences.ts'
import type { Outputs } from './outputs.ts'

/**
 * What is started or imported by its name; threads and child processes find theirs by own-files.ts.
 * Programs of one group share parts. Each sharer cuts the parts smaller, and a start pays for each
 * part: so programs that need not share are separate.
 */
const GROUPS: readonly (readonly string[])[] = [
  ['sidecar/platform/hash-worker.ts'],
  ['sidecar/app/bodies/body-worker.ts'],
  ['sidecar/app/mounts/source-process.ts'],
  ['schemas/client.ts'],
  ['sidecar/http/package-entry.ts', 'sidecar/cli/synapse.ts'],
]
const FOLDER = 'sidecar'

const nameOf = (source: string) => path.basename(source, '.ts')
const programs = new Set(GROUPS.flat().map((source) => `${nameOf(source)}.mjs`))

/** Maps come first, then parts, then programs. */
function orderOf(name: string): number {
  if (name.endsWith('.map')) return 0
  return programs.has(name) ? 2 : 1
}

async function bundle(group: readonly string[]) {
  return build({
    absWorkingDir: ROOT,
    entryPoints: Object.fromEntries(group.map((source) => [nameOf(source), source])),
    outdir: `dist/${FOLDER}`,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'part-[hash]',
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    charset: 'utf8',
    logLevel: 'warning',
    legalComments: 'none',
    // A command's start reads and checks every byte. NODE_OPTIONS=--enable-source-maps gives stacks
    // their names and lines back.
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
    inject: ['scripts/build/async-disposable-stack.ts'],
    // A part is never the program, although Node may say so of the part that it started with.
    define: { 'import.meta.main': 'false' },
    alias: { 'node:http2': path.join(ROOT, 'scripts/build/no-http2.ts') },
    external: ['better-sqlite3', '@napi-rs/blake-hash'],
  })
}

/** Bundles all programs. @throws Error where a source does not compile */
export async function bundleSidecar(): Promise<{ outputs: Outputs; summary: string }> {
  const built = await Promise.all(GROUPS.map(bundle))
  const files = built
    .flatMap(({ outputFiles }) => outputFiles)
    .map(({ path: file, contents }) => ({ name: path.basename(file), contents }))
    .sort((one, other) => orderOf(one.name) - orderOf(other.name))
  const licences = licencesText(await licencesIn(built.map(({ metafile }) => metafile)))
  const outputs = new Map<string, string | Uint8Array>([[`${FOLDER}/LICENSES.txt`, licences]])
  for (const { name, contents } of files) outputs.set(`${FOLDER}/${name}`, contents)
  const code = files.filter(({ name }) => name.endsWith('.mjs'))
  const bytes = code.reduce((sum, { contents }) => sum + contents.length, 0)
  return { outputs, summary: `sidecar ${(bytes / 1024).toFixed(0)} kB in ${code.length} files` }
}
