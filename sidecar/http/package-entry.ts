/**
 * The public API of `import … from 'synapse'`: an open store, without a socket and without
 * internals.
 */
import type { Client } from '../../schemas/client.ts'
import { createSynapse as open } from './create-synapse.ts'

export { createClient, type Client } from '../../schemas/client.ts'
export { AppError, isAppError, type ErrorCode } from '../../schemas/errors.ts'

/** How a store is opened. */
export interface SynapseOptions {
  /** The store's root; it need not exist yet. */
  readonly root: string
  /** Folder for the service's own files; else `SYNAPSE_HOME`, else `~/.synapse`. */
  readonly home?: string
  /** Writes even if the root is on a network file system, where the lock may not hold. */
  readonly acceptNetworkLock?: boolean
}

/** An open store with its client. */
export interface Synapse extends AsyncDisposable {
  /** A client with the owner's rights. */
  readonly client: Client
}

/**
 * Opens a store for use in this process.
 * @example
 * await using synapse = await createSynapse({ root: '/models/store' })
 * await synapse.client.call('profiles.use', { body: { pack: 'Portraits' } })
 * @throws disk.* where the store cannot be read
 */
export async function createSynapse(options: SynapseOptions): Promise<Synapse> {
  return open({ ...options, keepReserve: true })
}
