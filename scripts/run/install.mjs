/** Installs what the lock file asks for, the project's own Node among it. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { endAs, run } from './child.mjs'
import { readText, withLock } from './lock.mjs'

const WANTED_MAJOR = 24
const WINDOWS = process.platform === 'win32'
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const MODULES = path.join(ROOT, 'node_modules')
const BIN = path.join(MODULES, '.bin')
/** npm's .bin holds a shell wrapper on Windows; the program itself lies below the package. */
export const NODE = WINDOWS ? path.join(MODULES, 'node', 'bin', 'node.exe') : path.join(BIN, 'node')
const STAMP = path.join(MODULES, '.synapse-install')
const LOCK = path.join(ROOT, '.install.lock')

/** Something that a person must fix; its message is all there is to say. */
export class Stop extends Error {}

/** PATH without any node_modules/.bin: npm must not run on the Node that it is about to replace. */
function pathWithoutModules() {
  const parts = (process.env.PATH ?? '').split(path.delimiter)
  return parts.filter((part) => !/node_modules[\\/]\.bin[\\/]?$/.test(part)).join(path.delimiter)
}

/** PATH with the programs of this project's packages first. */
export function pathWithModules() {
  return [BIN, pathWithoutModules()].join(path.delimiter)
}

/** npm needs a cache that it can write to: beside the packages, where the home can only be read. */
function useWritableCache() {
  const cache = process.env.npm_config_cache
  if (cache === undefined) return
  try {
    fs.mkdirSync(cache, { recursive: true })
    fs.accessSync(cache, fs.constants.W_OK)
  } catch {
    process.env.npm_config_cache = path.join(ROOT, '.npm-cache')
  }
}

async function npm(...args) {
  const { code, signal } = await run('npm', args, {
    cwd: ROOT,
    env: { ...process.env, PATH: pathWithoutModules() },
    shell: WINDOWS,
  })
  if (signal) await endAs({ code, signal })
  return code === 0
}

/** What an install depends on: the lock file and the kind of machine. */
function wantedStamp() {
  const lockFile = readText(path.join(ROOT, 'package-lock.json'))
  if (lockFile === undefined) throw new Stop('package-lock.json is missing: restore it with git.')
  const digest = createHash('sha256').update(lockFile).digest('hex')
  return `${digest} ${process.platform} ${process.arch}\n`
}

function nodeMajor() {
  return new Promise((resolve) => {
    const child = spawn(NODE, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] })
    let text = ''
    child.stdout?.on('data', (chunk) => (text += chunk))
    child.once('error', () => resolve(0))
    child.once('close', () => resolve(Number(/^v(\d+)\./.exec(text)?.[1] ?? 0)))
  })
}

/** Reports whether this process is run by the project's own Node. */
export function isOwnNode() {
  try {
    return fs.realpathSync(NODE) === fs.realpathSync(process.execPath)
  } catch {
    return false
  }
}

async function isNodeThere() {
  if (isOwnNode()) return process.version.startsWith(`v${WANTED_MAJOR}.`)
  return (await nodeMajor()) === WANTED_MAJOR
}

async function isInstalled() {
  return readText(STAMP) === wantedStamp() && (await isNodeThere())
}

async function install() {
  if (readText(STAMP) !== wantedStamp()) {
    console.error('Installing the packages that package-lock.json names …')
    if (!(await npm('ci', '--no-fund', '--no-audit', '--loglevel=error'))) {
      throw new Stop('npm ci failed: see above. Try again when the cause is fixed.')
    }
  }
  if ((await nodeMajor()) !== WANTED_MAJOR) {
    // An install with ignore-scripts leaves the node package without its program.
    await npm('rebuild', 'node', '--ignore-scripts=false', '--loglevel=error')
  }
  if ((await nodeMajor()) !== WANTED_MAJOR) {
    throw new Stop(
      `Node ${WANTED_MAJOR} is not at ${NODE}.\n` +
        'It comes from the npm package "node", whose install script puts it there. Allow that script\n' +
        '(npm rebuild node --ignore-scripts=false) and look at what npm says.',
    )
  }
  fs.writeFileSync(STAMP, wantedStamp())
}

/** Brings node_modules in step with the lock file. @throws Stop where that fails */
export async function ensureInstalled() {
  useWritableCache()
  if (await isInstalled()) return
  await withLock(LOCK, 'Waiting for another run that installs packages …', async () => {
    if (!(await isInstalled())) await install()
  })
}
