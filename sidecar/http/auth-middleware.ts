/**
 * Access control: rules on Host, Origin, fetch metadata, proxy and token, checked before the body
 * of a request is read. Cookies are never used.
 */
import type { Context, MiddlewareHandler } from 'hono'
import type { Access } from '../../schemas/endpoints/endpoint.ts'
import { TOKEN_HEADER } from '../../schemas/client.ts'
import { AppError } from '../../schemas/errors.ts'
import {
  isHostOf,
  isOriginOf,
  parseHostEntry,
  type HostEntry,
} from '../../schemas/allowed-hosts.ts'
import type { Auth, Identity } from '../app/auth/auth.ts'
import type { Caller } from '../app/handlers/handler.ts'
import { machineAddresses } from './machine-addresses.ts'

/** The dependencies of these checks. */
export interface AccessDeps {
  readonly auth: Pick<Auth, 'check'>
  /**
   * Exact values of `Host`, port included: `127.0.0.1:8377`. Their `http://` origins are ours. The
   * wildcard address (`0.0.0.0:8377`) is expanded by {@link reachedHosts}.
   */
  readonly allowedHosts: () => readonly string[]
  /** Further names from `security.hosts`. Called for each request. */
  readonly listedHosts?: () => readonly string[]
}

const READS = new Set(['GET', 'HEAD'])
const OWN_SITES = new Set(['same-origin', 'none'])
const MAX_USER_AGENT = 400

const EVERY_ADDRESS = /^(?:0\.0\.0\.0|::|\[::\]):(?<port>\d+)$/u

/**
 * The hosts by which a service is reached: if it listens on every address, each address and the
 * name of this machine, with that port. They come from the machine itself, so that a name given by
 * another machine is never among them.
 */
function reachedHosts(allowed: readonly string[]): readonly string[] {
  const ports = allowed.flatMap((host) => EVERY_ADDRESS.exec(host)?.groups?.['port'] ?? [])
  if (ports.length === 0) return allowed
  return [
    ...allowed,
    ...ports.flatMap((port) => machineAddresses().map((name) => `${name}:${port}`)),
  ]
}

const forbidden = (detail: string, hint?: string) =>
  new AppError('auth.forbidden', detail, { hint })

/** All current names of a service: its own, and those that the owner lists. */
function ownHosts({ allowedHosts, listedHosts }: AccessDeps): HostEntry[] {
  const all = [...reachedHosts(allowedHosts()), ...(listedHosts?.() ?? [])]
  return all.flatMap((host) => parseHostEntry(host) ?? [])
}

const ADD_IT = 'or, if this name is yours, add it with `synapse config set security.hosts …`.'

function checkHost(c: Context, own: readonly HostEntry[]): void {
  // In-process requests have no Host; on a socket there is always one.
  const host = c.req.header('host') ?? new URL(c.req.url).host
  if (own.some((entry) => isHostOf(entry, host))) return
  throw forbidden(
    'This host name is not one of the service',
    `Use http://127.0.0.1 and its port, ${ADD_IT}`,
  )
}

function checkSite(c: Context, isPage: boolean): void {
  const site = c.req.header('sec-fetch-site')
  if (site === undefined || OWN_SITES.has(site)) return
  const followsLink =
    c.req.header('sec-fetch-mode') === 'navigate' && c.req.header('sec-fetch-dest') === 'document'
  if (isPage && followsLink && READS.has(c.req.method)) return
  throw forbidden('Requests from other sites are refused')
}

/** Reports whether the request names an origin; @throws auth.forbidden where it is not ours. */
function hasOwnOrigin(c: Context, own: readonly HostEntry[]): boolean {
  const origin = c.req.header('origin')
  if (origin === undefined) return false
  if (own.some((entry) => isOriginOf(entry, origin))) return true
  throw forbidden(
    'Requests from other origins are refused',
    `Open the service's own page, ${ADD_IT} Behind TLS that is the whole origin: https://…`,
  )
}

/** Any value counts: the header reduces rights, never extends them. */
function isViaComfyui(c: Context): boolean {
  return c.req.header('x-synapse-via') !== undefined
}

/** The token of a page, from its own header, else the bearer token. */
function tokenOf(c: Context): string | null {
  const own = c.req.header(TOKEN_HEADER)
  if (own !== undefined) return own
  const match = /^Bearer +([\w.~+/=-]{1,512})$/iu.exec(c.req.header('authorization') ?? '')
  return match?.[1] ?? null
}

/** The origin of a request; ComfyUI's proxy names the one that it has checked. */
function originOf(c: Context): string | null {
  return c.req.header(isViaComfyui(c) ? 'x-synapse-origin' : 'origin') ?? null
}

/**
 * Checks host, fetch metadata and the path's encoding of every request.
 * @param isPage reports whether a path is a page that users open in a browser, also by links
 */
export function originGuard(
  deps: AccessDeps,
  isPage: (path: string) => boolean,
): MiddlewareHandler {
  return async (c, next) => {
    const hosts = ownHosts(deps)
    checkHost(c, hosts)
    checkSite(c, isPage(c.req.path))
    hasOwnOrigin(c, hosts)
    checkEncoding(c)
    await next()
  }
}

function checkEncoding(c: Context): void {
  try {
    const { pathname, search } = new URL(c.req.url)
    decodeURIComponent(pathname)
    decodeURIComponent(search)
  } catch {
    throw new AppError('input.invalid', 'The address is not valid percent-encoded UTF-8')
  }
}

const anonymous: Identity = { actor: 'anonymous', scope: 'panel' }

function callerOf(c: Context, identity: Identity): Caller {
  const via = isViaComfyui(c)
  return {
    actor: identity.actor,
    scope: via ? 'panel' : identity.scope,
    ...(identity.session === undefined ? {} : { session: identity.session }),
    via: via ? 'comfyui' : 'direct',
    origin: originOf(c),
    userAgent: (c.req.header('user-agent') ?? '').slice(0, MAX_USER_AGENT),
  }
}

/**
 * Authenticates a request to an endpoint and returns its caller.
 *
 * Without an Origin of ours, an open endpoint accepts only a request with a token or a read.
 * ComfyUI's proxy has checked the origin that it names, and pages of other sites cannot send its
 * headers.
 * @throws auth.required, auth.forbidden
 */
export function authenticate(c: Context, access: Access, deps: AccessDeps): Caller {
  const token = tokenOf(c)
  const identity = token === null ? null : deps.auth.check(token)
  if (!identity && access !== 'open') throw tokenNeeded(token !== null)
  const proxied = isViaComfyui(c) && originOf(c) !== null
  const trusted = identity !== null || READS.has(c.req.method) || proxied
  if (!trusted && !hasOwnOrigin(c, ownHosts(deps))) {
    throw forbidden('A request without Origin needs a token')
  }
  const caller = callerOf(c, identity ?? anonymous)
  if (access === 'owner' && caller.scope !== 'owner') throw ownerNeeded(caller)
  return caller
}

function tokenNeeded(given: boolean): AppError {
  return new AppError('auth.required', given ? 'This token is not valid' : 'A token is needed', {
    hint: 'Pair this browser, or log in with the link that the service prints.',
  })
}

function ownerNeeded({ via }: Caller): AppError {
  return via === 'comfyui'
    ? forbidden('This cannot be done through ComfyUI', "Use the service's own page or command.")
    : forbidden('Only the owner may do this', 'Use the `synapse` command, or the login link.')
}
