/** `auth.*`. */
import type { Caller } from './handler.ts'
import type { HandlerContext, HandlersOf } from './context.ts'

function pageOf<T>(all: readonly T[], { limit, offset }: { limit: number; offset: number }) {
  return { total: all.length, limit, offset, items: all.slice(offset, offset + limit) }
}

function pairingClient({ userAgent, via, origin }: Caller, label: string) {
  return { label, userAgent, via, origin }
}

/** Handlers of pairing, login and sessions. */
export function authHandlers({ auth }: HandlerContext): HandlersOf<'auth'> {
  return {
    'auth.pair': ({ body }, caller) => auth.startPairing(pairingClient(caller, body.label)),
    'auth.pair_state': ({ params, body }) => auth.pollPairing(params.id, body.secret),
    'auth.pairings': ({ query }) => pageOf(auth.pairings(), query),
    'auth.approve': ({ body }) => {
      auth.decidePairing(body.code, body.approve)
      return { done: true }
    },
    'auth.login': ({ body }, caller) => auth.login(body.code, pairingClient(caller, 'login link')),
    'auth.sessions': ({ query }) => pageOf(auth.sessions(), query),
    'auth.session_revoke': async ({ params }) => {
      await auth.revoke(params.id)
      return { done: true }
    },
    'auth.logout': async (_input, { session }) => {
      if (session !== undefined) await auth.revoke(session)
      return { done: true }
    },
  }
}
