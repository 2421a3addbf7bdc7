/** A store with three models: two in the pack `A`, one in no pack. No byte is hashed for it. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { dirname } from 'node:path'
import type { TestContext } from 'node:test'
import type { Sha256 } from '../../../schemas/ids.ts'
import { documentText } from '../../../schemas/json.ts'
import type { StorePaths } from '../../../sidecar/store/store-paths.ts'
import { createTestSynapse, type TestSynapse } from '../../_support/test-synapse.ts'

/** A store under test, with the digests of its models. */
export interface SmallStore extends TestSynapse {
  readonly used: Sha256
  readonly loose: Sha256
}

/** Writes a blob with its manifest, as if it had always been there. */
export function putModel(paths: StorePaths, name: string, kind: string): Sha256 {
  const bytes = `the weights of ${name}`
  const sha256 = createHash('sha256').update(bytes).digest('hex') as Sha256
  const meta = { version: 1, created_at: new Date(0).toISOString(), original_filename: name, kind }
  fs.mkdirSync(dirname(paths.blob(sha256)), { recursive: true })
  fs.writeFileSync(paths.blob(sha256), bytes)
  fs.writeFileSync(paths.meta(sha256), documentText(meta))
  return sha256
}

/** Makes the store and shows the pack. */
export async function createSmallStore(t: TestContext): Promise<SmallStore> {
  const setup = await createTestSynapse(t)
  const { client, synapse } = setup
  const { paths } = synapse.services.store
  const used = putModel(paths, 'used.safetensors', 'lora')
  const other = putModel(paths, 'other.safetensors', 'vae')
  const loose = putModel(paths, 'loose.safetensors', 'lora')
  const dependencies = [{ sha256: used }, { sha256: other }]
  await client.call('packs.create', { body: { name: 'A', dependencies } })
  await client.call('profiles.use', { body: { pack: 'A' } })
  await synapse.services.reconcile()
  return { ...setup, used, loose }
}
