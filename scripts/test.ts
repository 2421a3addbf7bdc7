/**
 * Runs the tests: `npm test [-- <part of a path>… --test-name-pattern=… ]`.
 *
 * A list for people always; in CI a JUnit file in reports/ as well. Every test sees a fresh
 * SYNAPSE_HOME, and the run fails if the real one was touched.
 */
import { spawn } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { availableParallelism, homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { fetchBrowser } from './fetch-browser.ts'
import { findBrowser } from './find-browser.ts'

const ROOT = path.dirname(import.meta.dirname)
const REAL_HOME = path.join(homedir(), '.synapse')
const HOME_DEPTH = 3
/** Files wait for disks and other processes a third of their time. */
const AT_ONCE = `--test-concurrency=${String(availableParallelism() + 1)}`

/** Names, sizes and times of the real home, a few levels deep: below lie only models. */
function snapshot(folder: string, depth = HOME_DEPTH): string[] {
  const stat = statSync(folder, { throwIfNoEntry: false })
  if (!stat) return []
  const line = `${folder} ${String(stat.size)} ${String(stat.mtimeMs)}`
  if (!stat.isDirectory() || depth === 0) return [line]
  const entries = readdirSync(folder).sort()
  return [line, ...entries.flatMap((entry) => snapshot(path.join(folder, entry), depth - 1))]
}

function chooseFiles(filters: readonly string[]): string[] {
  const all = globSync('tests/**/*.test.ts', { cwd: ROOT }).sort()
  const wanted = filters.map((filter) => filter.replaceAll('\\', '/').replace(/^\.\//, ''))
  const matches = (file: string) =>
    wanted.some((filter) => file.replaceAll('\\', '/').includes(filter))
  return filters.length > 0 ? all.filter(matches) : all
}

function reporters(): string[] {
  const people = ['--test-reporter=spec', '--test-reporter-destination=stdout']
  if (!process.env['CI']) return people
  mkdirSync(path.join(ROOT, 'reports'), { recursive: true })
  const machines = ['--test-reporter=@reporters/junit']
  machines.push('--test-reporter-destination=reports/junit.xml')
  if (process.env['GITHUB_ACTIONS']) {
    machines.push('--test-reporter=@reporters/github', '--test-reporter-destination=stdout')
  }
  return [...people, ...machines]
}

const NO_BROWSER = `
!!! NO BROWSER: the browser tests DID NOT RUN.
!!! Install Chromium, Chrome or Edge, or set CHROME_PATH to one.
`

const needsBrowser = (file: string) => file.replaceAll('\\', '/').startsWith('tests/browser/')

/** A browser for those of the files that need one: one that is here, else one that is fetched. */
function browserFor(files: readonly string[]): string | undefined {
  if (!files.some(needsBrowser)) return undefined
  const found = findBrowser()
  if (found !== undefined) return found
  console.error('No browser found: fetching one for the tests …')
  return fetchBrowser()
}

/** What a person says to the tests themselves; all else of ours leads to the person's own store. */
const TO_TESTS = new Set(['SYNAPSE_SAFETY', 'SYNAPSE_SEED'])

function testEnvironment(home: string, browser: string | undefined): NodeJS.ProcessEnv {
  const ours = (name: string) => name.startsWith('SYNAPSE_') && !TO_TESTS.has(name)
  const inherited = Object.entries(process.env).filter(([name]) => !ours(name))
  return {
    ...Object.fromEntries(inherited),
    SYNAPSE_HOME: home,
    ...(browser === undefined ? {} : { SYNAPSE_CHROME: browser }),
  }
}

function runTests(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const child = spawn(process.execPath, ['--test', AT_ONCE, ...args], {
    cwd: ROOT,
    env,
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => child.kill(signal))
  }
  child.once('error', reject)
  child.once('exit', (code) => {
    resolve(code ?? 1)
  })
  return promise
}

async function main(args: readonly string[]): Promise<number> {
  const options = args.filter((arg) => arg.startsWith('-'))
  const files = chooseFiles(args.filter((arg) => !arg.startsWith('-')))
  if (files.length === 0) {
    console.error(`No test file matches: ${args.join(' ') || 'tests/**/*.test.ts'}`)
    return 1
  }
  const browser = browserFor(files)
  const unserved = browser === undefined && files.some(needsBrowser)
  if (unserved && process.env['CI']) {
    console.error(NO_BROWSER)
    return 1
  }
  const home = mkdtempSync(path.join(tmpdir(), 'synapse-test-home-'))
  const before = snapshot(REAL_HOME)
  const code = await runTests(
    [...reporters(), ...options, ...files],
    testEnvironment(home, browser),
  ).finally(() => {
    rmSync(home, { recursive: true, force: true })
  })
  if (unserved) console.error(NO_BROWSER)
  const after = snapshot(REAL_HOME)
  const changed = [...new Set(before).symmetricDifference(new Set(after))]
  if (changed.length === 0) return code
  console.error(
    `\nThe tests touched ${REAL_HOME}, or a service of yours ran meanwhile:\n  ${changed.join('\n  ')}`,
  )
  return 1
}

process.exitCode = await main(process.argv.slice(2))
