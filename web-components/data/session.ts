/** Who this browser is to Synapse: its own token, and how it comes by one. */
import type { Answer } from '../../schemas/endpoints.ts'
import type { AppEvent } from '../../schemas/jobs.ts'
import type { Api } from '../contexts/api.ts'

/** A pairing that this browser requested. */
export type PairStarted = Answer<'auth.pair'>
/** What became of it. */
export type PairState = Answer<'auth.pair_state'>
/** A pairing of some browser that waits for the owner. */
export type Pairing = Answer<'auth.pairings'>['items'][number]

/** Asks for a pairing; the code is for the person, the secret for {@link pollPairing}. */
export function startPairing(api: Api, label: string, signal?: AbortSignal): Promise<PairStarted> {
  return api.call('auth.pair', { body: { label } }, signal)
}

/** Asks once whether the pairing was approved; an approval carries the token, once. */
export function pollPairing(
  api: Api,
  pairing: Pick<PairStarted, 'id' | 'secret'>,
  signal?: AbortSignal,
): Promise<PairState> {
  const input = { params: { id: pairing.id }, body: { secret: pairing.secret } }
  return api.call('auth.pair_state', input, signal)
}

/** Trades the code of the printed link for an owner's token. */
export function login(api: Api, code: string): Promise<Answer<'auth.login'>> {
  return api.call('auth.login', { body: { code } })
}

/** Pairings that wait; for owners only. */
export function loadPairings(api: Api, signal: AbortSignal): Promise<Answer<'auth.pairings'>> {
  return api.call('auth.pairings', {}, signal)
}

/** Approves or refuses the pairing with this code; for owners only. */
export async function decidePairing(api: Api, code: string, approve: boolean): Promise<void> {
  await api.call('auth.approve', { body: { code, approve } })
}

/** Reports whether the waiting pairings are out of date after an event. */
export const affectsPairings = (event: AppEvent) => event.type === 'pairing.changed'
