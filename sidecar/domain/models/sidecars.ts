/** Sidecar files of models: previews, descriptions, settings. */
import { basename, dirname, join } from 'node:path'

/** Endings of files that tools write beside a model, under its name or its stem. */
const ENDINGS = [
  '.png',
  '.jpg',
  '.jpeg',
  '.webp',
  '.avif',
  '.gif',
  '.mp4',
  '.webm',
  '.info',
  '.json',
  '.json5',
  '.yaml',
  '.yml',
  '.txt',
  '.md',
  '.html',
  '.sha256',
  '.hash',
] as const

/** The stems by which a sidecar may name its model: `a.preview.png` → `a.preview`, `a`. */
function namedModels(name: string): string[] {
  const lower = name.toLowerCase()
  if (!ENDINGS.some((ending) => lower.endsWith(ending))) return []
  const parts = lower.split('.')
  return parts.slice(1).map((_part, index) => parts.slice(0, index + 1).join('.'))
}

/** Returns a rule that recognizes sidecars of the given models. */
export function sidecarRule(models: Iterable<string>): (path: string) => boolean {
  const named = new Set<string>()
  for (const path of models) {
    const name = basename(path).toLowerCase()
    const dot = name.lastIndexOf('.')
    named.add(join(dirname(path), name))
    if (dot > 0) named.add(join(dirname(path), name.slice(0, dot)))
  }
  return (path) => namedModels(basename(path)).some((one) => named.has(join(dirname(path), one)))
}
