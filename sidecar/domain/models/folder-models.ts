/** Models that are a whole folder: their parts cannot be loaded separately. */
import fs from 'node:fs'
import { basename, dirname, sep } from 'node:path'
import { kindFromFolders } from '../../../schemas/layouts.ts'

/** How many levels above a part the file may be that marks the folder as a model. */
const LEVELS = 4

/** A part of weights that are split over several files. */
const SHARD = /-\d{5}-of-\d{5}\./u

/** Names that say nothing but "the weights of this folder". */
const GENERIC = /^(?:diffusion_pytorch_model|pytorch_model|model|adapter_model)(?:\.[\w-]+)*$/u

/** Files of a repository that its weights cannot be loaded without. */
const COMPANIONS = [
  'config.json',
  'configuration.json',
  'adapter_config.json',
  'generation_config.json',
  'preprocessor_config.json',
  'tokenizer.json',
  'tokenizer.model',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'vocab.json',
] as const

/** Inspects the folders around files; each is listed once. */
export class FolderModels {
  readonly #names = new Map<string, ReadonlySet<string>>()

  /** Reports whether the file at `path` is a part of a model that is a folder. */
  isPart(path: string): boolean {
    const name = basename(path).toLowerCase()
    if (SHARD.test(name) || this.#hasOuterWeights(path, name)) return true
    if (isBelowDiffusers(path) || this.#isInPipeline(path)) return true
    const folder = dirname(path)
    if (isKindFolder(path)) return GENERIC.test(name) && this.#hasCompanion(folder)
    const above = isKindFolder(folder) ? null : dirname(folder)
    return this.#hasCompanion(folder) || (above !== null && this.#hasCompanion(above))
  }

  /** An ONNX graph may keep its weights in a file beside it. */
  #hasOuterWeights(path: string, name: string): boolean {
    if (!name.endsWith('.onnx')) return false
    const names = this.#namesIn(dirname(path))
    const outer = [`${name}_data`, `${name}.data`, name.replace(/\.onnx$/u, '.data'), 'weights.pb']
    return outer.some((one) => names.has(one))
  }

  /** Diffusers writes `model_index.json` at the top of a pipeline. */
  #isInPipeline(path: string): boolean {
    let folder = dirname(path)
    for (let level = 0; level < LEVELS; level += 1, folder = dirname(folder)) {
      if (this.#namesIn(folder).has('model_index.json')) return true
    }
    return false
  }

  #hasCompanion(folder: string): boolean {
    const names = this.#namesIn(folder)
    return COMPANIONS.some((one) => names.has(one))
  }

  #namesIn(folder: string): ReadonlySet<string> {
    const known = this.#names.get(folder)
    if (known !== undefined) return known
    const names = new Set(listed(folder).map((name) => name.toLowerCase()))
    this.#names.set(folder, names)
    return names
  }
}

function listed(folder: string): string[] {
  try {
    return fs.readdirSync(folder)
  } catch {
    return []
  }
}

/** Reports whether the file is directly in a folder of single files, such as `loras`. */
function isKindFolder(path: string): boolean {
  const found = kindFromFolders(path, sep === '/' ? '/' : /[\\/]/u)
  return found !== null && found.subfolder === null
}

/** ComfyUI keeps pipelines below `models/diffusers`. */
function isBelowDiffusers(path: string): boolean {
  const folders = path.split(/[\\/]/u).slice(0, -1)
  const near = folders.slice(Math.max(-LEVELS, -folders.length)).map((one) => one.toLowerCase())
  const at = near.lastIndexOf('diffusers')
  return at >= 0 && near.lastIndexOf('models') < at && at < near.length - 1
}
