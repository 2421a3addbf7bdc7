/** Putting copies into the store, as what brings them from elsewhere does. */
import { writableStore } from '../../../sidecar/domain/imports/put-in-store.ts'
import type { Services } from '../../../sidecar/app/services.ts'
import type { Sha256 } from '../../../schemas/ids.ts'
import { sha256Of } from '../sandbox.ts'

/** Yields bytes in two pieces. */
async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const half = Math.floor(bytes.length / 2)
  yield bytes.subarray(0, half)
  yield bytes.subarray(half)
}

/** Puts bytes under their digests, one after the other. */
export async function putCopy(services: Services, all: readonly Uint8Array[]): Promise<void> {
  const facts = { name: 'put.safetensors', kind: 'lora', source: 'elsewhere' }
  const location = writableStore(services, 'test', () => facts)
  for (const bytes of all)
    await location.put(piecesOf(bytes), { sha256: sha256Of(bytes) as Sha256 })
}
