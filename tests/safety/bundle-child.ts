/** The child that is killed, as one file: the matrix starts it a thousand times. */
import { build } from 'esbuild'
import { join } from 'node:path'

const HERE = import.meta.dirname
const REPOSITORY = join(HERE, '../..')

/** What a bundled module in CommonJS needs to load its parts. */
const BANNER = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`

/**
 * Bundles `crash-child.ts` into `folder`, which is inside the repository so that native packages
 * are found. The hashing thread is beside it.
 * @returns the path of the file to run
 */
export async function bundleChild(folder: string): Promise<string> {
  await build({
    entryPoints: [
      join(HERE, 'crash-child.ts'),
      join(REPOSITORY, 'sidecar/platform/hash-worker.ts'),
    ],
    outdir: folder,
    entryNames: '[name]',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: ['better-sqlite3', '@napi-rs/blake-hash'],
    banner: { js: BANNER },
    logLevel: 'silent',
  })
  return join(folder, 'crash-child.js')
}
