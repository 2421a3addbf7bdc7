/** A store of thousands of models, written down as files and locks without a byte of a model. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { dirname } from 'node:path'
import type { InventoryItem } from '../../../schemas/inventory.ts'
import type { StorePaths } from '../../../sidecar/store/store-paths.ts'

/** What the list should say of one model. */
export interface Written extends Pick<
  InventoryItem,
  'kind' | 'display_name' | 'size_bytes' | 'status' | 'where' | 'used_by_packs'
> {
  readonly sha256: string
  readonly created_at: string | null
  /** Every name under which it must be found. */
  readonly names: readonly string[]
}

const KINDS = ['checkpoint', 'lora', 'vae', 'embedding', 'clip_vision']
const WORDS = [
  'anime',
  'Portrét',
  'žluťoučký',
  '水彩',
  '100%',
  'under_score',
  'ÅNGSTRÖM',
  '🦊',
  'ﬁlm',
  'XLturbo',
  'v9',
]
const PACK_SIZE = 40

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')
const at = <T>(items: readonly T[], n: number): T => items[n % items.length] as T

function nameOf(n: number): string {
  const words = [at(WORDS, n), at(WORDS, n * 7 + 3)].join(at(['-', '_', ' ', '.'], n))
  return `${words} ${String(n % 997)}.safetensors`
}

function put(path: string, text: string): void {
  fs.mkdirSync(dirname(path), { recursive: true })
  fs.writeFileSync(path, text)
}

function putBlob(paths: StorePaths, n: number, model: Written): void {
  const path = paths.blob(model.sha256 as never)
  put(path, '')
  fs.truncateSync(path, model.size_bytes ?? 0)
  const meta = { version: 1, created_at: model.created_at, original_filename: nameOf(n) }
  put(`${path}.meta`, JSON.stringify({ ...meta, kind: 'unknown', model_kind: model.kind }))
}

function described(n: number): Written {
  const missing = n % 10 < 5
  const orphan = n % 10 === 9
  const pack = `Pack ${String(Math.floor(n / PACK_SIZE))}`
  return {
    sha256: digestOf(String(n)),
    kind: at(KINDS, n * n),
    display_name: nameOf(n),
    size_bytes: (n * 7919) % 4096,
    status: missing ? 'missing' : orphan ? 'orphan' : 'referenced',
    where: missing ? 'nowhere' : 'local_only',
    used_by_packs: orphan ? [] : [pack],
    created_at: missing ? null : new Date(n * 86_400_000).toISOString(),
    names: orphan ? [nameOf(n)] : [nameOf(n), pack],
  }
}

function putPack(paths: StorePaths, name: string, models: readonly Written[]): void {
  const dependencies = models.map((model) => ({
    id: model.sha256,
    kind: 'unknown',
    model_kind: model.kind,
    selector: { strategy: 'local_file' },
    expose: { filename: model.display_name },
  }))
  const resolved = models.map(({ sha256, size_bytes }) => ({
    dependency_id: sha256,
    artifact: { kind: 'unknown', sha256, size_bytes },
  }))
  put(paths.pack(name as never), JSON.stringify({ name, dependencies }))
  put(paths.packLock(name as never), JSON.stringify({ pack: name, resolved }))
}

/**
 * Writes `count` models into an empty store: half of them are wanted and not here, a tenth is
 * wanted by nobody.
 */
export function writeManyModels(paths: StorePaths, count: number): Written[] {
  const models = Array.from({ length: count }, (_one, n) => described(n))
  for (const [n, model] of models.entries())
    if (model.status !== 'missing') putBlob(paths, n, model)
  const packs = Map.groupBy(models, (model) => model.used_by_packs[0])
  for (const [name, used] of packs) if (name !== undefined) putPack(paths, name, used)
  return models
}
