/** Finds a Chromium for the tests that need a browser. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { chromium } from 'playwright-core'

const NAMES = [
  ...['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'],
  ...['microsoft-edge-stable', 'microsoft-edge', 'msedge'],
]

const MACOS_APPS = ['Google Chrome', 'Chromium', 'Microsoft Edge']
const WINDOWS_PROGRAMS = [
  'Google\\Chrome\\Application\\chrome.exe',
  'Microsoft\\Edge\\Application\\msedge.exe',
]
const WINDOWS_FOLDERS = ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA']
const LINUX_PLACES = [
  '/opt/google/chrome/chrome',
  '/usr/lib/chromium/chromium',
  '/snap/bin/chromium',
]

const START_TIMEOUT_MS = 20_000

function onPath(): string[] {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter(Boolean)
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name + suffix)))
}

function usualPlaces(): string[] {
  if (process.platform === 'darwin') {
    const folders = ['/Applications', path.join(process.env['HOME'] ?? '', 'Applications')]
    return folders.flatMap((folder) =>
      MACOS_APPS.map((app) => path.join(folder, `${app}.app/Contents/MacOS/${app}`)),
    )
  }
  if (process.platform !== 'win32') return LINUX_PLACES
  const folders = WINDOWS_FOLDERS.flatMap((name) => process.env[name] ?? [])
  return folders.flatMap((folder) => WINDOWS_PROGRAMS.map((file) => path.join(folder, file)))
}

/**
 * Reports whether a browser starts: some systems put a script of that name on the PATH that only
 * explains how to install one. On Windows and macOS, where asking would open a window, a program
 * that exists counts.
 */
export function startsBrowser(file: string): boolean {
  if (!existsSync(file)) return false
  if (process.platform !== 'linux') return true
  const asked = spawnSync(file, ['--version'], { timeout: START_TIMEOUT_MS, encoding: 'utf8' })
  return asked.status === 0 && /\d+\.\d+/u.test(asked.stdout)
}

/** Returns the path of a browser that is on this machine already; `CHROME_PATH` comes first. */
export function findBrowser(): string | undefined {
  const named = process.env['CHROME_PATH']
  const candidates = [...onPath(), ...usualPlaces(), chromium.executablePath()]
  return (named ? [named, ...candidates] : candidates).find(startsBrowser)
}
