/** Names by which a service is reached, as an owner lists them and as requests have them. */
import * as v from 'valibot'

/** A name, the port that it is reached by, and whether behind TLS. */
export interface HostEntry {
  readonly scheme: 'http' | 'https'
  /** Lower case; Unicode names as Punycode, IPv6 addresses in brackets. */
  readonly name: string
  /** Null: any port. */
  readonly port: number | null
}

const FORM =
  /^(?<scheme>https:\/\/)?(?<name>\[[0-9a-f:.]+\]|[\p{L}\p{N}._-]+)(?::(?<port>\d{1,5}))?$/iu

function normalName(name: string): string | null {
  try {
    return new URL(`http://${name}`).hostname
  } catch {
    return null
  }
}

/**
 * Reads `host`, `host:port` (both http) or a whole `https://` origin without a path.
 * @returns null where the text is none of them
 */
export function parseHostEntry(text: string): HostEntry | null {
  const { scheme, name = '', port } = FORM.exec(text)?.groups ?? {}
  const normal = normalName(name)
  const number = port === undefined ? null : Number(port)
  if (normal === null || (number !== null && (number < 1 || number > 65_535))) return null
  if (scheme === undefined) return { scheme: 'http', name: normal, port: number }
  return { scheme: 'https', name: normal, port: number ?? 443 }
}

/** One name of `security.hosts`. */
export const HostName = v.pipe(
  v.string(),
  v.maxLength(300),
  v.check(
    (text) => parseHostEntry(text) !== null,
    'Write a host (nas.local), a host with its port (nas.local:8377) or an origin (https://models.example.org)',
  ),
)

/** Parses a value of `Host`, for plain http if it has no port; null where it is not a host. */
function parseHostHeader(text: string): { name: string; port: number | null } | null {
  const entry = parseHostEntry(text)
  return entry?.scheme === 'http' ? { name: entry.name, port: entry.port } : null
}

/**
 * Reports whether a request's `Host` is that of an entry. Behind TLS the reverse proxy decides
 * whether the name has a port.
 */
export function isHostOf(entry: HostEntry, host: string): boolean {
  const asked = parseHostHeader(host)
  if (asked?.name !== entry.name) return false
  if (entry.port === null || asked.port === entry.port) return true
  return asked.port === null && (entry.scheme === 'https' || entry.port === 80)
}

/** Reports whether a request's `Origin` is that of an entry: scheme, name and port. */
export function isOriginOf(entry: HostEntry, origin: string): boolean {
  const match = /^(?<scheme>https?):\/\/(?<host>.+)$/iu.exec(origin)
  const asked = parseHostHeader(match?.groups?.['host'] ?? '')
  const scheme = match?.groups?.['scheme']?.toLowerCase()
  if (scheme !== entry.scheme || asked?.name !== entry.name) return false
  return entry.port === null || (asked.port ?? (scheme === 'https' ? 443 : 80)) === entry.port
}
