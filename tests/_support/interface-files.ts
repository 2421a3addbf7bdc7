/** Files that an interface or a person writes into views. */
import { mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { QUIET_PERIOD_MS } from '../../sidecar/domain/models/at-rest.ts'

/** Returns the folder of a view of ComfyUI. */
export function viewOf(root: string, profile: string, path = ''): string {
  return join(root, 'data/views/comfyui/profiles', profile, path)
}

/** Writes a file as most programs do: under another name, renamed; long at rest by default. */
export function writeRested(
  path: string,
  bytes: string | Uint8Array,
  ageMs = QUIET_PERIOD_MS + 1000,
): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.saving`, bytes)
  const at = (Date.now() - ageMs) / 1000
  utimesSync(`${path}.saving`, at, at)
  renameSync(`${path}.saving`, path)
}
