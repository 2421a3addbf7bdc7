/** What was built, for tests that run what people run. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { DIST, isFresh, PROGRAM } from '../../scripts/build/stamp.mjs'

// A test of yesterday's program proves nothing.
if (!isFresh()) {
  const build = join(import.meta.dirname, '../../scripts/build.ts')
  execFileSync(process.execPath, [build], { stdio: 'inherit' })
}

/** The folder `dist/`. */
export const BUILT = DIST
/** The program `synapse` in it. */
export const BUILT_PROGRAM = PROGRAM
