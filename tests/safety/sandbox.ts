/** A small store with all that operations need, in a folder that can be copied and set back. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../../schemas/client.ts'
import type { CallInput, EndpointId } from '../../schemas/endpoints.ts'
import { AppError, isErrorCode } from '../../schemas/errors.ts'
import type { Job } from '../../schemas/jobs.ts'
import { BUILT_IN_LAYOUTS } from '../../schemas/layouts.ts'
import {
  createSynapse,
  type CreateOptions,
  type Synapse,
} from '../../sidecar/http/create-synapse.ts'
import { openHashPool, type HashPool } from '../../sidecar/platform/hash-pool.ts'
import { unpackFixture } from '../_support/load-fixture.ts'

/** Where sandboxes are built: in memory where that can be, since thousands of flushes take long. */
export const FAST = canHold('/dev/shm') ? '/dev/shm' : tmpdir()

function canHold(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Where everything of a sandbox lies. */
export interface Sandbox {
  readonly folder: string
  readonly root: string
  readonly home: string
  /** The user's own files. */
  readonly outside: string
  /** A folder on another volume, where the test mounted one. */
  readonly other: string
}

/** Returns the sandbox in `folder`; it need not be there. */
export function sandboxAt(folder: string): Sandbox {
  return {
    folder,
    root: join(folder, 'store'),
    home: join(folder, 'home'),
    outside: join(folder, 'outside'),
    other: join(dirname(folder), 'other'),
  }
}

/** The models of the sandbox: a name for tests, and the path below the folder they come from. */
export const MODELS = {
  base: 'checkpoints/base.safetensors',
  ink: 'loras/ink.safetensors',
  neon: 'loras/neon.safetensors',
  glow: 'vae/glow.safetensors',
  evil: 'checkpoints/evil.ckpt',
  loose: 'loras/loose.safetensors',
  fresh: 'loras/fresh.safetensors',
  other: 'vae/other.safetensors',
} as const
/** The name of a model of the sandbox. */
export type Model = keyof typeof MODELS

const IN_STORE: readonly Model[] = ['base', 'ink', 'neon', 'glow', 'evil', 'loose']
const OUTSIDE: readonly Model[] = ['fresh', 'other']

/** Returns the bytes of a model. */
export function bytesOf(model: Model): Buffer {
  return Buffer.from(`the weights of ${model}\n`.repeat(20))
}

/** Returns the digest of some bytes. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Returns the digest of a model. */
export function digestOf(model: Model): string {
  return sha256Of(bytesOf(model))
}

/** Returns where the bytes with a digest lie, below the store's root. */
export function blobPath(sha256: string): string {
  return `data/blobs/sha256/${sha256.slice(0, 2)}/${sha256}`
}

/** Returns the model with a digest, or the digest itself where it is none of the sandbox's. */
export function modelOf(sha256: string): string {
  const names = Object.keys(MODELS) as Model[]
  return names.find((model) => digestOf(model) === sha256) ?? sha256
}

/** Three kinds for each interface, so that few steps say much. */
export const KIND_MAP = {
  alpha: { checkpoint: 'models/checkpoints', lora: 'models/loras', vae: 'vae' },
  beta: { checkpoint: 'Stable-diffusion', lora: 'Lora', vae: 'VAE' },
}
export const UIS = ['alpha', 'beta'] as const

const DOCUMENTS: Readonly<Record<string, unknown>> = {
  'state/config.json': {
    schema: 'synapse.config.v2',
    defaults: { ui_set: 'both' },
    ui: { known: [], kind_map: KIND_MAP },
  },
  'state/ui_sets.json': { schema: 'synapse.ui_sets.v1', sets: { both: UIS } },
  'data/runtime.json': { schema: 'synapse.runtime.v1', ui: {} },
}

/** Writes files and the folders above them. */
export function put(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    fs.mkdirSync(dirname(join(folder, path)), { recursive: true })
    fs.writeFileSync(join(folder, path), content)
  }
}

/** A time in seconds: what was last written to then is written to no more. */
export const LONG_AGO = 1_700_000_000

/** Makes a file look as if nobody had written to it for long. */
export function letRest(path: string): void {
  fs.utimesSync(path, LONG_AGO, LONG_AGO)
}

function putModels(folder: string, models: readonly Model[]): void {
  put(folder, Object.fromEntries(models.map((model) => [MODELS[model], bytesOf(model)])))
}

/** Opens the store of a sandbox. */
export function openSandbox(sandbox: Sandbox, more: Partial<CreateOptions> = {}): Promise<Synapse> {
  return createSynapse({
    root: sandbox.root,
    home: sandbox.home,
    lockPatienceMs: 10_000,
    checkAnswers: true,
    ...more,
  })
}

let pool: HashPool | undefined

/** Opens a sandbox whose hashing threads are shared by all that this process opens: they start slowly. */
export async function openQuick(
  sandbox: Sandbox,
  more: Partial<CreateOptions> = {},
): Promise<Synapse> {
  pool ??= openHashPool({ restMs: 120_000 })
  const synapse = await openSandbox(sandbox, { checkAnswers: true, ...more })
  Object.assign(synapse.services, { pool })
  return synapse
}

/** Closes what {@link openQuick} opened, whatever that says. */
export async function closeQuick(synapse: Synapse): Promise<void> {
  await Promise.resolve(synapse[Symbol.asyncDispose]()).catch(() => undefined)
}

const ENDED = new Set(['succeeded', 'failed', 'cancelled'])

/** Waits for a job's end and gives its result. @throws the job's error */
export async function ended(client: Client, job: Job): Promise<Record<string, unknown>> {
  for (;;) {
    const now = await client.call('jobs.show', { params: { id: job.id } })
    if (ENDED.has(now.state)) return resultOf(now as Job)
    await sleep(2)
  }
}

function resultOf(job: Job): Record<string, unknown> {
  if (job.state === 'succeeded') return { ...job.result }
  const code = job.problem?.code
  throw new AppError(isErrorCode(code) ? code : 'internal', JSON.stringify(job.problem))
}

/** Calls an endpoint that answers a job, and waits for the job. */
export async function work<K extends EndpointId>(
  client: Client,
  id: K,
  body: CallInput<K>['body'],
): Promise<Record<string, unknown>> {
  return ended(client, (await client.call(id, { body } as CallInput<K>)) as unknown as Job)
}

/** Where a sandbox begins. */
export type Start = 'settings' | 'base' | 'python'

function putSettings(sandbox: Sandbox): void {
  const texts = Object.entries(DOCUMENTS).map(([path, one]) => [path, JSON.stringify(one)])
  put(sandbox.root, Object.fromEntries(texts) as Record<string, string>)
}

async function fillBase(sandbox: Sandbox): Promise<void> {
  putSettings(sandbox)
  const library = join(sandbox.outside, 'library')
  putModels(library, IN_STORE)
  await using synapse = await openSandbox(sandbox)
  const { client } = synapse
  await client.call('store.init', { body: {} })
  const pathOf = (model: Model) => join(library, MODELS[model])
  const moved = IN_STORE.filter((model) => model !== 'evil').map(pathOf)
  await work(client, 'imports.start', { paths: moved, mode: 'move' })
  // A move leaves a pickle that nobody has approved.
  await work(client, 'imports.start', { paths: [pathOf('evil')] })
  fs.rmSync(pathOf('evil'))
  const file = (model: Model, filename = MODELS[model].split('/')[1] ?? '') => ({
    id: model,
    sha256: digestOf(model) as never,
    filename: filename as never,
  })
  const create = (name: string, dependencies: ReturnType<typeof file>[]) =>
    client.call('packs.create', { body: { name: name, dependencies } })
  await create('Ink', [file('base'), file('ink')])
  await create('Neon', [file('neon', 'ink.safetensors'), file('glow')])
  await create('Evil', [file('evil')])
}

const PYTHON_KINDS = new Set(['checkpoint', 'lora', 'vae'])

/** A store that the Python program made, cut down to one interface and few kinds. */
async function unpackPython({ root }: Sandbox): Promise<void> {
  await unpackFixture('python-store', root)
  const views = join(root, 'data/views')
  for (const ui of fs.readdirSync(views)) {
    if (ui !== 'comfyui') fs.rmSync(join(views, ui), { recursive: true })
  }
  const path = join(root, 'state/config.json')
  const config = JSON.parse(fs.readFileSync(path, 'utf8')) as Record<string, object>
  const hidden = Object.keys(BUILT_IN_LAYOUTS['comfyui'] ?? {}).filter(
    (kind) => !PYTHON_KINDS.has(kind),
  )
  const comfyui = Object.fromEntries(hidden.map((kind) => [kind, null]))
  config['ui'] = { ...config['ui'], known: ['comfyui'], kind_map: { comfyui } }
  fs.writeFileSync(path, JSON.stringify(config))
}

/** Makes a sandbox from nothing. */
export async function makeSandbox(sandbox: Sandbox, start: Start): Promise<void> {
  fs.rmSync(sandbox.folder, { recursive: true, force: true })
  fs.mkdirSync(sandbox.folder, { recursive: true })
  if (start === 'settings') putSettings(sandbox)
  if (start === 'base') await fillBase(sandbox)
  if (start === 'python') await unpackPython(sandbox)
  putModels(join(sandbox.outside, 'new'), OUTSIDE)
  if (fs.existsSync(sandbox.other)) fillOther(sandbox)
}

/** Gives the folder on another volume what is there at the start of every sandbox. */
export function fillOther({ other }: Sandbox): void {
  for (const name of fs.readdirSync(other)) fs.rmSync(join(other, name), { recursive: true })
  putModels(join(other, 'new'), OUTSIDE)
}

/** Calls, and passes over errors with one of the given codes. */
export async function tolerating(codes: readonly string[], work: () => Promise<unknown>) {
  try {
    await work()
  } catch (error) {
    if (error instanceof AppError && codes.includes(error.code)) return
    throw error
  }
}
