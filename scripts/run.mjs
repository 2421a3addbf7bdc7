/**
 * The one way every npm script starts: `node scripts/run.mjs [--build] <file>|synapse [args…]`.
 *
 * Plain JavaScript that Node 20 can run. It installs what the lock file asks for, makes sure that
 * the project's own Node 24 is there, brings `dist/` up to date with `--build` or for `synapse`, and
 * runs the file with that Node: same stdio, signals passed on, and the file's exit code or signal as
 * its own. `synapse` is the command and service that were built; where `dist/` cannot be written,
 * their sources.
 */
import fs from 'node:fs'
import module from 'node:module'
import path from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { isFresh, PROGRAM } from './build/stamp.mjs'
import { endAs, run } from './run/child.mjs'
import { ensureInstalled, isOwnNode, NODE, pathWithModules, ROOT, Stop } from './run/install.mjs'

const SOURCES = path.join(ROOT, 'sidecar', 'cli', 'main.ts')
const BUILD = path.join(ROOT, 'scripts', 'build.ts')
/** The exit code of a build that the disk refused: see build.ts. */
const UNWRITABLE = 3
const COMPILED = path.join(ROOT, 'node_modules', '.cache', 'node')

/** Settings that reduce the memory of an idle service by a fifth without slowing it down. */
function serviceEnv() {
  return JSON.parse(fs.readFileSync(path.join(ROOT, 'scripts', 'service-env.json'), 'utf8'))
}

function runWithNode(file, args, more = {}) {
  const env = { NODE_COMPILE_CACHE: COMPILED, ...more, ...process.env, PATH: pathWithModules() }
  return run(NODE, [file, ...args], { env })
}

/** Brings `dist/` up to date; false where the disk refused. Ends this process where it fails. */
async function build() {
  if (isFresh()) return true
  const result = await runWithNode(BUILD, [])
  if (result.code === UNWRITABLE) return false
  if (result.code !== 0) await endAs(result)
  return true
}

/** Spares a short command the start of a second process. */
async function runHere(program, args) {
  process.env.NODE_COMPILE_CACHE ??= COMPILED
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE)
  process.argv = [process.execPath, program, ...args]
  await import(pathToFileURL(program).href)
}

async function runSynapse(args) {
  const isBuilt = await build()
  if (!isBuilt) console.error('The sources run instead, which takes longer to start.')
  const program = isBuilt ? PROGRAM : SOURCES
  const serves = args.includes('serve')
  if (program === PROGRAM && !serves && isOwnNode()) return runHere(program, args)
  return endAs(await runWithNode(program, args, serves ? serviceEnv() : {}))
}

async function main() {
  const args = process.argv.slice(2)
  const builds = args[0] === '--build' && args.shift() !== undefined
  const file = args.shift()
  if (!file) throw new Stop('Usage: node scripts/run.mjs [--build] <file>|synapse [args…]')
  if (file !== 'synapse' && !fs.existsSync(path.resolve(file))) {
    throw new Stop(`There is no file ${file}.`)
  }
  await ensureInstalled()
  if (file === 'synapse') return runSynapse(args)
  if (builds && !(await build())) throw new Stop('Without dist/ this cannot run.')
  return endAs(await runWithNode(file, args))
}

try {
  await main()
} catch (error) {
  if (!(error instanceof Stop)) throw error
  console.error(error.message)
  process.exitCode = 1
}
