/** What people and other programs do to a store behind its back. */
import fs from 'node:fs'
import { join } from 'node:path'
import { blobPath, digestOf, type Model, type Sandbox } from '../sandbox.ts'

/** Takes the manifest of a model away. */
export function removeManifest(sandbox: Sandbox, model: Model): void {
  fs.rmSync(join(sandbox.root, `${blobPath(digestOf(model))}.meta`))
}

/** Overwrites a model of the store with other bytes of the same length. */
export function corruptBlob(sandbox: Sandbox, model: Model): void {
  const path = join(sandbox.root, blobPath(digestOf(model)))
  const bytes = fs.readFileSync(path).map((byte) => byte ^ 1)
  fs.chmodSync(path, 0o644)
  fs.writeFileSync(path, bytes)
}

/** Removes a manifest and a link, and lets an active link lead nowhere. */
export function corruptStore(sandbox: Sandbox): Promise<undefined> {
  removeManifest(sandbox, 'glow')
  fs.rmSync(join(sandbox.root, 'data/views/alpha/profiles/global/models/loras/ink.safetensors'))
  fs.rmSync(join(sandbox.root, 'data/views/beta/active'))
  fs.symlinkSync('profiles/nowhere', join(sandbox.root, 'data/views/beta/active'))
  return Promise.resolve(undefined)
}
