/** Pairing, login and sessions: rows of the endpoint table. */
import * as v from 'valibot'
import { Uuid } from '../ids.ts'
import {
  ApprovePairing,
  Done,
  LoginRequest,
  LoginResult,
  PairPoll,
  PairRequest,
  PairStarted,
  PairState,
  PairingPage,
  SessionPage,
} from '../store.ts'
import { PageQuery, queryNumber } from '../values.ts'
import { ADDRESSES } from './addresses.ts'
import { BODY_LIMITS, base, type EndpointRows } from './endpoint.ts'

const id = { id: Uuid }
/** Lists that are short by nature are returned whole by default. */
const fewThings = v.strictObject({
  ...PageQuery,
  limit: v.optional(queryNumber(1, 1000), 1000),
})

/** Rows of pairing, login and sessions. */
export const AUTH_ENDPOINTS = {
  'auth.pair': {
    ...base,
    ...ADDRESSES['auth.pair'],
    access: 'open',
    summary: 'Requests a token for this browser; returns a code that a person approves',
    body: PairRequest,
    limit: BODY_LIMITS.tiny,
    answer: PairStarted,
    needs: 'nothing',
  },

  'auth.pair_state': {
    ...base,
    ...ADDRESSES['auth.pair_state'],
    access: 'open',
    summary: 'Returns whether a pairing was approved',
    params: id,
    body: PairPoll,
    limit: BODY_LIMITS.tiny,
    answer: PairState,
    needs: 'disk',
    errors: ['pairing.not_found'],
  },

  'auth.pairings': {
    ...base,
    ...ADDRESSES['auth.pairings'],
    access: 'owner',
    summary: 'Pairings that wait for approval',
    query: fewThings,
    answer: PairingPage,
    needs: 'nothing',
  },

  'auth.approve': {
    ...base,
    ...ADDRESSES['auth.approve'],
    access: 'owner',
    summary: 'Approves or refuses a pairing by its code',
    body: ApprovePairing,
    limit: BODY_LIMITS.tiny,
    answer: Done,
    needs: 'nothing',
    errors: ['pairing.not_found'],
  },

  'auth.login': {
    ...base,
    ...ADDRESSES['auth.login'],
    access: 'open',
    summary: 'Exchanges the code of the printed link for a token, once',
    body: LoginRequest,
    limit: BODY_LIMITS.tiny,
    answer: LoginResult,
    needs: 'disk',
    errors: ['pairing.not_found'],
  },

  'auth.sessions': {
    ...base,
    ...ADDRESSES['auth.sessions'],
    access: 'owner',
    summary: 'Browsers that hold a token',
    query: fewThings,
    answer: SessionPage,
    needs: 'nothing',
  },

  'auth.session_revoke': {
    ...base,
    ...ADDRESSES['auth.session_revoke'],
    access: 'owner',
    summary: 'Revokes the token of a browser',
    params: id,
    answer: Done,
    needs: 'disk',
    errors: ['session.not_found'],
  },

  'auth.logout': {
    ...base,
    ...ADDRESSES['auth.logout'],
    summary: 'Revokes the token of this request',
    answer: Done,
    needs: 'disk',
  },
} as const satisfies EndpointRows
