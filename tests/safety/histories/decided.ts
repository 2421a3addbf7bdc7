/**
 * What people decide by, to distinguish whether an operation was done, never begun, or half done.
 */
import { join } from 'node:path'
import { openOperations } from '../invariants.ts'
import { names, Seen } from '../seen.ts'
import { UIS, type Sandbox } from '../sandbox.ts'
import type { Memory } from './memory.ts'

/**
 * Returns what people decide by: packs, profiles, stacks, approvals, settings, models. Null:
 * unreadable.
 */
export function decided(sandbox: Sandbox, memory: Memory): unknown {
  if (memory.torn.size > 0 || openOperations(sandbox.root).length > 0) return null
  const seen = new Seen(sandbox)
  const profiles = names(join(sandbox.root, 'state/profiles')).filter((name) =>
    seen.has(`state/profiles/${name}/profile.json`),
  )
  const config = seen.json<{ defaults: unknown; ui: unknown; trash: unknown }>('state/config.json')
  const approvals = seen.json<{ approved: { sha256: string }[] }>('state/approvals.json')
  return {
    packs: seen
      .packs()
      .filter((name) => seen.has(`state/packs/${name}/pack.json`))
      .map((name) => [name, seen.pack(name)]),
    profiles: profiles.map((name) => [name, seen.profile(name)]),
    stacks: UIS.map((ui) => seen.stack(ui)),
    models: [seen.blobs(), seen.trash()],
    settings: [config?.defaults, config?.ui, config?.trash],
    approved: approvals?.approved.map((one) => one.sha256) ?? [],
  }
}

/** Returns in short where two values differ. */
export function different(a: unknown, b: unknown): string {
  const [left, right] = [a, b].map((value) => Object.entries(value as object))
  const keys = new Set([...(left ?? []), ...(right ?? [])].map(([key]) => key))
  const at = (value: unknown, key: string) =>
    JSON.stringify((value as Record<string, unknown>)[key])
  return [...keys]
    .filter((key) => at(a, key) !== at(b, key))
    .map((key) => `${key}: ${at(a, key)} → ${at(b, key)}`)
    .join('; ')
}
