/** What a row of the table of operations says, what comes before it, and what rows look at. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Client } from '../../../schemas/client.ts'
import type { EndpointId } from '../../../schemas/endpoints.ts'
import type { Synapse } from '../../../sidecar/http/create-synapse.ts'
import { lastOperation, remove, undo, use } from '../calls.ts'
import type { Seen } from '../seen.ts'
import type { Model, Start, Sandbox } from '../sandbox.ts'

/** One operation. */
export interface Operation {
  readonly name: string
  readonly covers: readonly EndpointId[]
  /** Where the sandbox begins; `base` where nothing is said. */
  readonly start?: Start
  /** The sandbox is not whole at the start: repairing it is what the operation is for. */
  readonly startsBroken?: true
  /** Takes long, or much room: fewer of its steps and states are tried. */
  readonly heavy?: true
  /** Needs a second volume at `sandbox.other`. */
  readonly twoVolumes?: true
  /** Done before the first kill; what it gives is handed to `run`. */
  readonly prepare?: (client: Client, sandbox: Sandbox) => Promise<string | undefined>
  readonly run: (client: Client, sandbox: Sandbox, note: string, whole: Synapse) => Promise<unknown>
  /** Errors with which a repetition says that it is done already. */
  readonly done?: readonly string[]
  /** `<ui>/<profile>/<path>` of foreign files in views. */
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

/** Returns the folder of models that the store does not have. */
export const fresh = (sandbox: Sandbox) => join(sandbox.outside, 'new')

type Prepare = NonNullable<Operation['prepare']>
type Action = (client: Client, sandbox: Sandbox) => Promise<unknown>

/** Does one after the other, and hands on nothing. */
export function after(...actions: readonly Action[]): Prepare {
  return async (client, sandbox) => {
    for (const action of actions) await action(client, sandbox)
    return undefined
  }
}

/** Puts packs on the stacks, one after the other. */
export function afterUse(...packs: readonly string[]): Prepare {
  return after(...packs.map((name) => (client: Client) => use(client, name)))
}

/** Sends models to the trash, one after the other. */
export function afterRemoval(...models: readonly Model[]): Prepare {
  return after(...models.map((model) => (client: Client) => remove(client, model)))
}

/**
 * Returns a row that undoes an operation, without its name and outcome; `op` is the journal's word.
 */
export function undoOf(
  op: string,
  action: Action,
): Pick<Operation, 'covers' | 'prepare' | 'run' | 'done'> {
  return {
    covers: ['journal.undo'],
    prepare: async (client, sandbox) => {
      await action(client, sandbox)
      return lastOperation(client, op)
    },
    run: (client, _sandbox, id) => undo(client, id),
    done: ['journal.not_undoable'],
  }
}

/**
 * Returns a row as {@link undoOf} does, for all operations of the job that a person asked for last.
 */
export function undoOfJob(action: Action): Pick<Operation, 'covers' | 'prepare' | 'run' | 'done'> {
  return {
    ...undoOf('', action),
    prepare: async (client, sandbox) => {
      await action(client, sandbox)
      const { entry } = await client.call('journal.show', { params: { id: 'latest' } })
      assert.ok(entry.parts > 1)
      return entry.id
    },
  }
}

/** The models in the store of a sandbox at its start, by name. */
export const ALL = ['base', 'evil', 'glow', 'ink', 'loose', 'neon']

/** What both interfaces see at the start, by path of the first. */
export const GLOBAL_VIEW = {
  'models/checkpoints/base.safetensors': 'base',
  'models/loras/ink.safetensors': 'neon',
  'vae/glow.safetensors': 'glow',
}
/** The same with the pack Ink on top. */
export const INK_VIEW = { ...GLOBAL_VIEW, 'models/loras/ink.safetensors': 'ink' }

/** Asserts that both interfaces have this stack, and that their active links lead to its top. */
export function stacks(seen: Seen, stack: readonly string[]): void {
  for (const ui of ['alpha', 'beta']) {
    eq(seen.stack(ui), stack)
    eq(seen.active(ui), `profiles/${String(stack.at(-1))}`)
  }
}

/** Asserts that both interfaces have this stack and see these files. */
export function view(seen: Seen, stack: readonly string[], alpha: object): void {
  stacks(seen, stack)
  eq(seen.shown('alpha'), alpha)
  eq(Object.values(seen.shown('beta')).sort(), Object.values(alpha).sort())
}
