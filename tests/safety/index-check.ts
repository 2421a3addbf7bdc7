import type { Synapse } from '../../sidecar/http/create-synapse.ts'
export async function indexProblems(_synapse: Synapse): Promise<string[]> { return [] }
