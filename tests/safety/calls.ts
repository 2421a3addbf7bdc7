/** Calls that operations and regressions are made of. */
import assert from 'node:assert/strict'
import type { Client } from '../../schemas/client.ts'
import { digestOf, modelOf, work, type Model } from './sandbox.ts'

/** Parameters that name a pack. */
export const pack = (name: string) => ({ params: { name } })
/** Parameters that name a model. */
export const blob = (model: Model) => ({ params: { item: digestOf(model) } })
/** Returns a file of a pack that is a model of the sandbox. */
export const file = (model: Model, filename: string) => ({
  id: model,
  sha256: digestOf(model),
  filename,
})

/** Puts a pack on the stack of both interfaces. */
export const use = (c: Client, name: string, only = false) =>
  c.call('profiles.use', { body: { pack: name, only } })
/** Makes the views as packs and stacks say. */
export const sync = (c: Client) => c.call('profiles.sync', { body: {} })
/** Changes a pack. */
export const edit = (c: Client, name: string, body: object) =>
  c.call('packs.edit', { ...pack(name), body: body })
/** Takes files or folders in, and waits for it. */
export const take = (c: Client, path: string, body: object = {}) =>
  work(c, 'imports.start', { paths: [path], ...body })
/** Deletes a model, whoever needs it: it goes to the trash. */
export const remove = (c: Client, model: Model) =>
  c.call('inventory.delete', {
    ...blob(model),
    query: { confirm_last_copy: digestOf(model), confirm_impacts: 'true' },
  })
/** Sends all models that no pack needs to the trash. */
export const cleanup = (c: Client) =>
  c.call('inventory.cleanup', { body: { dry_run: false, include_only_copies: true } })
/** Takes an operation back. */
export const undo = (c: Client, id: string) => c.call('journal.undo', { params: { id }, body: {} })

/** Returns the id of the newest operation of a kind. */
export async function lastOperation(c: Client, op: string): Promise<string> {
  const page = await c.call('journal.list', { query: { op } })
  const [first] = page.items
  assert.ok(first, `no operation ${op}`)
  return first.id
}

/** Returns the entry of the trash with a model; an id of nothing where there is none. */
export async function trashId(c: Client, model: Model): Promise<string> {
  const page = await c.call('trash.list')
  const entry = page.items.find((one) => modelOf(one.sha256 ?? '') === model)
  return entry?.id ?? '01890a5d-ac96-774b-bcce-b302099a8057'
}
