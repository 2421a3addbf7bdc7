/** What people and other programs do to a store behind its back. */
import fs from 'node:fs'
import { join } from 'node:path'
import { blobPath, digestOf, type Model, type World } from '../world.ts'

/** Takes the manifest of a model away. */
export function removeManifest(world: World, model: Model): void {
  fs.rmSync(join(world.root, `${blobPath(digestOf(model))}.meta`))
}

/** Overwrites a model of the store with other bytes of the same length. */
export function corruptBlob(world: World, model: Model): void {
  const path = join(world.root, blobPath(digestOf(model)))
  const bytes = fs.readFileSync(path).map((byte) => byte ^ 1)
  fs.chmodSync(path, 0o644)
  fs.writeFileSync(path, bytes)
}

/** Removes a manifest and a link, and lets an active link lead nowhere. */
export function corruptStore(world: World): Promise<undefined> {
  removeManifest(world, 'glow')
  fs.rmSync(join(world.root, 'data/views/alpha/profiles/global/models/loras/ink.safetensors'))
  fs.rmSync(join(world.root, 'data/views/beta/active'))
  fs.symlinkSync('profiles/nowhere', join(world.root, 'data/views/beta/active'))
  return Promise.resolve(undefined)
}
