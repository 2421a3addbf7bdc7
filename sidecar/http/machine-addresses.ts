/** The names by which other machines reach this one. */
import { hostname, networkInterfaces } from 'node:os'

/** Returns the current name and addresses of this machine, in URL form. */
export function machineAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const addresses = all.map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address))
  return [hostname().toLowerCase(), ...addresses]
}
