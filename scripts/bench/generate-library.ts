/**
 * Makes libraries to measure with, the same ones from the same seed.
 *
 * A folder of models ({@link generateFolder}) holds sparse files: valid heads, sizes like those of
 * real models, and holes where the weights would be. A store ({@link generateStore}) holds tiny
 * files instead: a blob is named by the SHA-256 of its content, and reading terabytes of holes to
 * learn those would take days. They are whole and valid, all different, and named by real digests.
 */
import { hash } from 'node:crypto'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import type { PackName, ProfileName, Sha256 } from '../../schemas/ids.ts'
import { STORE_LOCATION } from '../../schemas/locations.ts'
import { documentText, lineText } from '../../schemas/json.ts'
import { isPickleName } from '../../schemas/kinds.ts'
import { Lock, Pack } from '../../schemas/pack.ts'
import { Profile } from '../../schemas/profile.ts'
import { StorePaths } from '../../sidecar/store/store-paths.ts'
import { ggufHead, safetensorsHead, type ModelHead } from './model-headers.ts'
import { Random } from './random.ts'

/** How much is made. */
export interface LibraryOptions {
  readonly files: number
  readonly packs: number
  readonly profiles: number
  /** Files of a pack; by default from 1 to 120 of them. */
  readonly filesPerPack?: number
  /** Includes pickles, lost files and unresolvable entries; true by default. */
  readonly faults?: boolean
  readonly seed?: number
}

/** A model of a generated library. */
export interface GeneratedModel {
  readonly name: string
  readonly kind: string
  readonly head: ModelHead
}

/** What a generated store holds. */
export interface GeneratedStore {
  readonly digests: readonly Sha256[]
  readonly packs: readonly PackName[]
  readonly profiles: readonly ProfileName[]
}

const SEED = 20_261_121
const CREATED = Date.UTC(2025, 0, 1)
const DAY_MS = 86_400_000

const KINDS = [
  ...['lora', 'lora', 'lora', 'lora', 'lora', 'lora', 'checkpoint', 'checkpoint', 'embedding'],
  ...['vae', 'controlnet', 'upscaler', 'text_encoder', 'diffusion_model', 'unet', 'clip'],
]
const FIRST = [
  ...['juggernaut', 'dream', 'realistic', 'anything', 'pony', 'noob', 'animagine', 'epic'],
  ...[
    'Absolute',
    'cyber',
    'detail',
    'Ghibli',
    'ink',
    'neon',
    'pastel',
    'Příběh',
    '水墨',
    'vintage',
  ],
]
const SECOND = [
  ...['XL', 'Shaper', 'Vision', 'Diffusion', 'Mix', 'Style', 'Portraits', 'Lighting', 'Tweaker'],
  ...['Realism', 'Photography', 'LineArt', 'Hyper', 'Turbo', 'Architecture', 'Watercolor'],
]
const ENDINGS = ['safetensors', 'safetensors', 'safetensors', 'safetensors', 'gguf'] as const

function modelName(random: Random, number: number, ending: string): string {
  const version = `v${String(random.whole(1, 12))}`
  return `${random.pick(FIRST)}${random.pick(SECOND)}_${version}-${String(number)}.${ending}`
}

/**
 * Returns models by number; `tiny` ones are all there, others promise as much as real ones hold.
 */
export function* generateModels(
  count: number,
  options: { readonly tiny: boolean; readonly faults: boolean; readonly seed?: number },
): Generator<GeneratedModel> {
  const random = new Random(options.seed ?? SEED)
  for (let number = 0; number < count; number += 1) {
    const format = random.pick(ENDINGS)
    const pickle = options.faults && random.chance(0.02)
    const name = modelName(random, number, pickle ? 'ckpt' : format)
    const make = format === 'gguf' ? ggufHead : safetensorsHead
    yield { name, kind: random.pick(KINDS), head: make(random, name, options.tiny) }
  }
}

/** Writes models as sparse files, a folder for each kind; those in `folder` must not be there. */
export function generateFolder(
  folder: string,
  { files, seed, faults = true }: Omit<LibraryOptions, 'packs' | 'profiles'>,
): void {
  const more = seed === undefined ? {} : { seed }
  for (const kind of new Set(KINDS)) fs.mkdirSync(join(folder, kind), { recursive: true })
  for (const model of generateModels(files, { tiny: false, faults, ...more })) {
    const fd = fs.openSync(join(folder, model.kind, model.name), 'wx')
    fs.writeSync(fd, model.head.bytes)
    fs.ftruncateSync(fd, model.head.size)
    fs.closeSync(fd)
  }
}

interface Kept {
  readonly sha256: Sha256
  readonly name: string
  readonly kind: string
  readonly size: number
}

const SHARDS = Array.from({ length: 256 }, (_one, number) => number.toString(16).padStart(2, '0'))

function writeBlob(paths: StorePaths, model: GeneratedModel, number: number): Kept {
  const { bytes, size } = model.head
  const content = Buffer.concat([bytes, Buffer.alloc(size - bytes.length, number % 256)])
  const sha256 = hash('sha256', content) as Sha256
  const { name, kind } = model
  const meta = {
    version: 1,
    created_at: new Date(CREATED + (number % 600) * DAY_MS + number).toISOString(),
    original_filename: name,
    kind,
    origin: null,
    size_bytes: size,
  }
  fs.writeFileSync(paths.blob(sha256), content, { mode: 0o444 })
  // As old as its proof: one that is younger counts as changed, and the service reads it.
  fs.utimesSync(paths.blob(sha256), CREATED / 1000, CREATED / 1000)
  fs.writeFileSync(paths.meta(sha256), documentText(meta))
  return { sha256, name, kind, size }
}

function writeBlobs(paths: StorePaths, options: LibraryOptions): Kept[] {
  for (const shard of SHARDS) fs.mkdirSync(join(paths.blobs, shard), { recursive: true })
  const { files, faults = true, seed = SEED } = options
  return Array.from(generateModels(files, { tiny: true, faults, seed }), (model, number) =>
    writeBlob(paths, model, number),
  )
}

/** Two in three blobs were proven, so that lists have both. */
function writeLedgers(paths: StorePaths, kept: readonly Kept[]): void {
  const at = new Date(CREATED).toISOString()
  const proven = kept.filter((_one, number) => number % 3 !== 0)
  const digests = kept.map(({ sha256, size }) => lineText({ sha256, size_bytes: size, at }))
  const readings = proven.map(({ sha256 }) =>
    lineText({ event: 'read', sha256, good: true, how: 'published', at }),
  )
  fs.mkdirSync(dirname(paths.copies(STORE_LOCATION)), { recursive: true })
  fs.writeFileSync(paths.digests, digests.join(''))
  fs.writeFileSync(paths.copies(STORE_LOCATION), readings.join(''))
}

function put(path: string, document: unknown): void {
  fs.mkdirSync(join(path, '..'), { recursive: true })
  fs.writeFileSync(path, documentText(document))
}

/** The two documents of a pack of these files, each under its own name. */
function packDocuments(
  name: string,
  files: readonly { readonly sha256: string; readonly name: string; readonly kind: string }[],
): { readonly pack: Pack; readonly lock: Lock } {
  const dependencies = files.map((file, index) => ({
    id: `file_${String(index)}`,
    kind: file.kind,
    selector: { strategy: 'local_file' },
    expose: { filename: file.name },
  }))
  const resolved = files.map((file, index) => ({
    dependency_id: `file_${String(index)}`,
    artifact: {
      kind: file.kind,
      sha256: file.sha256,
      provider: { name: 'local', filename: file.name },
    },
  }))
  return {
    pack: v.parse(Pack, { name, pack_type: files[0]?.kind ?? 'unknown', dependencies }),
    lock: v.parse(Lock, { pack: name, resolved_at: null, resolved }),
  }
}

/** Files of a pack: mostly its own, some shared with other packs, a few that are missing. */
function chooseFiles(
  random: Random,
  { kept, start }: { readonly kept: readonly Kept[]; readonly start: number },
  options: LibraryOptions,
): Kept[] {
  const { filesPerPack, faults = true } = options
  const count = filesPerPack ?? random.whole(1, 120)
  return Array.from({ length: count }, (_one, index): Kept => {
    const own = kept[(start + index) % kept.length] ?? random.pick(kept)
    if (!faults || random.chance(0.95)) return own
    if (random.chance(0.8)) return random.pick(kept)
    const name = `lost-${own.name}`
    return { ...own, name, sha256: hash('sha256', name) as Sha256 }
  })
}

function writePacks(paths: StorePaths, kept: readonly Kept[], options: LibraryOptions): PackName[] {
  const random = new Random((options.seed ?? SEED) + 1)
  let start = 0
  return Array.from({ length: options.packs }, (_one, number) => {
    const name = `Pack ${String(number).padStart(4, '0')} ${random.pick(SECOND)}` as PackName
    const files = chooseFiles(random, { kept, start }, options)
    start += files.length
    const { pack, lock } = packDocuments(name, files)
    put(paths.pack(name), pack)
    put(paths.packLock(name), lock)
    return name
  })
}

/** Writes the document of a profile of these packs. */
export function writeProfile(
  paths: StorePaths,
  name: ProfileName,
  packs: readonly PackName[],
): void {
  const profile = v.parse(Profile, { name, packs: packs.map((pack) => ({ name: pack })) })
  put(paths.profile(name), profile)
}

function writeProfiles(
  paths: StorePaths,
  packs: readonly PackName[],
  count: number,
): ProfileName[] {
  const random = new Random(SEED + 2)
  return Array.from({ length: count }, (_one, number) => {
    const name = `Profile ${String(number).padStart(2, '0')}` as ProfileName
    const wanted = new Set(Array.from({ length: random.whole(1, 60) }, () => random.pick(packs)))
    writeProfile(paths, name, [...wanted])
    return name
  })
}

/** Lets the pickles of a library into views. */
function approve(paths: StorePaths, kept: readonly Kept[]): void {
  const at = new Date(CREATED).toISOString()
  const pickles = kept.filter((one) => isPickleName(one.name)).slice(0, 100)
  put(paths.approvals, {
    schema: 'synapse.approvals.v1',
    approved: pickles.map(({ sha256 }) => ({ sha256, at })),
  })
}

/**
 * Writes blobs with manifests, ledgers, packs and profiles below `root`, which has none of them.
 * `store.init` makes the rest, with the four interfaces that a new store knows.
 */
export function generateStore(root: string, options: LibraryOptions): GeneratedStore {
  const paths = new StorePaths(root)
  const kept = writeBlobs(paths, options)
  writeLedgers(paths, kept)
  if (options.faults ?? true) approve(paths, kept)
  const packs = writePacks(paths, kept, options)
  const profiles = writeProfiles(paths, packs, options.profiles)
  return { digests: kept.map((one) => one.sha256), packs, profiles }
}
