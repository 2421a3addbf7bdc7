/** What a row of the table of operations says, and the calls that rows are made of. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Client } from '../../../schemas/client.ts'
import type { EndpointId } from '../../../schemas/endpoints.ts'
import type { Seen } from '../seen.ts'
import { digestOf, modelOf, work, type Model, type Start, type World } from '../world.ts'

/** One operation. */
export interface Operation {
  readonly name: string
  readonly covers: readonly EndpointId[]
  /** Where the world begins; `base` where nothing is said. */
  readonly start?: Start
  /** The world is not whole at the start: mending it is what the operation is for. */
  readonly startsBroken?: true
  /** Needs a second volume at `world.other`. */
  readonly twoVolumes?: true
  /** Done before the first kill; what it gives is handed to `run`. */
  readonly prepare?: (client: Client, world: World) => Promise<string | undefined>
  readonly run: (client: Client, world: World, note: string) => Promise<unknown>
  /** Errors with which a repetition says that it is done already. */
  readonly done?: readonly string[]
  /** `<ui>/<profile>/<path>` of files that somebody put into views. */
  readonly foreign?: readonly string[]
  /** Models that a person has confirmed may go for good. */
  readonly mayGo?: readonly Model[]
  /** Throws where the operation is not complete. */
  readonly settled: (seen: Seen) => void
}

/** Holds what is there against what should be. */
export const eq: (actual: unknown, expected: unknown) => void = assert.deepEqual

/** The profile below all others. */
export const UP = 'global'

export const pack = (name: string) => ({ params: { name } })
export const blob = (model: Model) => ({ params: { sha256: digestOf(model) } })
export const file = (model: Model, filename: string) => ({
  id: model,
  sha256: digestOf(model),
  filename,
})
/** The folder of models that the store does not have. */
export const fresh = (world: World) => join(world.outside, 'new')

export const use = (c: Client, name: string, only = false) =>
  c.call('profiles.use', { body: { pack: name, only } })
export const remove = (c: Client, model: Model) =>
  c.call('inventory.delete', {
    ...blob(model),
    query: { confirm_last_copy: digestOf(model), confirm_impacts: 'true' },
  })
export const edit = (c: Client, name: string, body: object) =>
  c.call('packs.edit', { ...pack(name), body: body })
export const take = (c: Client, folder: string, body: object) =>
  work(c, 'imports.start', { paths: [folder], ...body })
export const undo = (c: Client, id: string) => c.call('journal.undo', { params: { id }, body: {} })

/** The newest act of a kind. */
export async function lastAct(c: Client, op: string): Promise<string> {
  const page = await c.call('journal.list', { query: { op } })
  const [first] = page.items
  assert.ok(first, `no act ${op}`)
  return first.id
}

/** The entry of the trash with a model; an id of nothing where there is none. */
export async function trashId(c: Client, model: Model): Promise<string> {
  const page = await c.call('trash.list')
  const entry = page.items.find((one) => modelOf(one.sha256) === model)
  return entry?.id ?? '01890a5d-ac96-774b-bcce-b302099a8057'
}

/** Does one after the other. */
export async function inTurn(...acts: (() => Promise<unknown>)[]): Promise<undefined> {
  for (const act of acts) await act()
}

/** The models in the store of a world at its start, by name. */
export const ALL = ['base', 'evil', 'glow', 'ink', 'loose', 'neon']

/** What both interfaces see at the start, by path of the first. */
export const GLOBAL_VIEW = {
  'models/checkpoints/base.safetensors': 'base',
  'models/loras/ink.safetensors': 'neon',
  'vae/glow.safetensors': 'glow',
}
/** The same with the pack Ink on top. */
export const INK_VIEW = { ...GLOBAL_VIEW, 'models/loras/ink.safetensors': 'ink' }

/** Both interfaces have this stack, and their active links lead to its top. */
export function stacks(seen: Seen, stack: readonly string[]): void {
  for (const ui of ['alpha', 'beta']) {
    eq(seen.stack(ui), stack)
    eq(seen.active(ui), `profiles/${String(stack.at(-1))}`)
  }
}

/** Both interfaces have this stack and see this. */
export function view(seen: Seen, stack: readonly string[], alpha: object): void {
  stacks(seen, stack)
  eq(seen.shown('alpha'), alpha)
  eq(Object.values(seen.shown('beta')).sort(), Object.values(alpha).sort())
}
