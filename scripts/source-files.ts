/** The repository's own files, as the checks see them: paths from the root, with forward slashes. */
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'

export const ROOT = path.dirname(import.meta.dirname)

const NOT_OURS = ['**/node_modules/**', '**/dist/**', 'comfy-extension/web/**']

export function listFiles(...patterns: readonly string[]): string[] {
  const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: ROOT, exclude: NOT_OURS }))
  return [...new Set(files.map((file) => file.split(path.sep).join('/')))].sort()
}

export function readSource(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8')
}
