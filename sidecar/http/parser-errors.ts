/** Answers to bytes that never become a request: errors of Node's parser as problems. */
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { RequestError } from '@hono/node-server'
import { AppError, ERRORS, type ErrorCode } from '../../schemas/errors.ts'
import { toProblem } from '../app/to-problem.ts'

const TYPE = 'application/problem+json'

const CODES: Readonly<Record<string, readonly [code: ErrorCode, detail: string]>> = {
  HPE_HEADER_OVERFLOW: ['request.headers_too_large', 'The address or the headers are too long'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['input.too_large', 'The chunks of the body carry too much'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request.timeout', 'The request took too long to arrive'],
}

function parserError(error: Error): AppError {
  const name = 'code' in error ? String(error.code) : ''
  const [code, detail] = CODES[name] ?? ['request.malformed', 'This is not a request of HTTP/1.1']
  return new AppError(code, detail, { cause: error })
}

function problemText(error: AppError): string {
  const { status } = ERRORS[error.code]
  const body = JSON.stringify(toProblem(error))
  const head = [
    `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? 'Error'}`,
    `Content-Type: ${TYPE}`,
    `Content-Length: ${String(Buffer.byteLength(body))}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

/** Reports whether an answer has begun on a socket, where Node keeps it. */
function hasBegun(socket: Duplex): boolean {
  const { _httpMessage: answer } = socket as { _httpMessage?: { headersSent?: boolean } | null }
  return answer?.headersSent === true
}

/**
 * Answers a parser error, and ends the connection. If another answer has begun on it, or the client
 * has gone, it is only ended.
 */
export function answerParserError(error: Error, socket: Duplex): void {
  const isGone = 'code' in error && error.code === 'ECONNRESET'
  if (isGone || !socket.writable || hasBegun(socket)) {
    socket.destroy()
    return
  }
  socket.end(problemText(parserError(error)))
}

/**
 * Returns the answer to a request whose path or host is not a valid URL, and to an error of the
 * adaptor.
 */
export function answerRequestError(error: unknown): Response {
  const isRequest = error instanceof RequestError
  const cause = isRequest ? new AppError('request.malformed', error.message) : error
  const problem = toProblem(cause)
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { 'Content-Type': TYPE, 'Cache-Control': 'no-store' },
  })
}
