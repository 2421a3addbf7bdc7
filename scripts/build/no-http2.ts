/**
 * Stands in for `node:http2` in the built service, which speaks HTTP/1.1 alone: its server library
 * only checks whether a request is HTTP/2, and loading that takes longer than starting Node.
 */

/** No request is one of these. */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- stands behind instanceof
export class Http2ServerRequest {}

export const constants = { NGHTTP2_NO_ERROR: 0 }
