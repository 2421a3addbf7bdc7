/** What a model file is for. On disk `kind` is one of twelve; finer kinds stand in `model_kind`. */

/** The kinds of store format v2, a closed list. */
export const DISK_KINDS = [
  'checkpoint',
  'lora',
  'vae',
  'controlnet',
  'upscaler',
  'clip',
  'text_encoder',
  'diffusion_model',
  'embedding',
  'unet',
  'custom_node',
  'unknown',
] as const
/** One of the twelve. */
export type DiskKind = (typeof DISK_KINDS)[number]

/** What a document may hold where it names a kind. */
export interface Kinded {
  readonly kind: string
  readonly model_kind?: string | undefined
}

function isDiskKind(kind: string): kind is DiskKind {
  return (DISK_KINDS as readonly string[]).includes(kind)
}

/** Returns the finest kind that a document names. */
export function kindOf(held: Kinded): string {
  return held.model_kind ?? held.kind
}

/** Returns a kind as it is written to disk, readable to programs that know only the twelve. */
export function diskKind(kind: string): { kind: DiskKind; model_kind?: string } {
  return isDiskKind(kind) ? { kind } : { kind: 'unknown', model_kind: kind }
}

/** Folder names under which interfaces keep a kind, lower case; the reverse of the layouts. */
const FOLDER_KINDS: Readonly<Record<string, string>> = {
  'stable-diffusion': 'checkpoint',
  checkpoints: 'checkpoint',
  lora: 'lora',
  loras: 'lora',
  lycoris: 'lora',
  vae: 'vae',
  vae_approx: 'vae_approx',
  'vae-approx': 'vae_approx',
  controlnet: 'controlnet',
  t2i_adapter: 'controlnet',
  esrgan: 'upscaler',
  realesrgan: 'upscaler',
  swinir: 'upscaler',
  scunet: 'upscaler',
  dat: 'upscaler',
  upscale_models: 'upscaler',
  latent_upscale_models: 'latent_upscale_model',
  clip: 'clip',
  text_encoder: 'text_encoder',
  'text-encoder': 'text_encoder',
  text_encoders: 'text_encoder',
  unet: 'unet',
  diffusion_models: 'diffusion_model',
  embeddings: 'embedding',
  clip_vision: 'clip_vision',
  style_models: 'style_model',
  hypernetworks: 'hypernetwork',
  gligen: 'gligen',
  photomaker: 'photomaker',
  audio_encoders: 'audio_encoder',
  model_patches: 'model_patch',
  classifiers: 'classifier',
}

/**
 * Returns the kind that a file's folders name, the nearest folder first, and the folders below that
 * one; null where none tells a kind.
 * @param separator what stands between the parts; a backslash may be part of a name where `/` is
 * @example placeFromFolders('/old/models/Lora/people/a.safetensors')
 * // { kind: 'lora', subfolder: 'people' }
 */
export function placeFromFolders(
  path: string,
  separator: string | RegExp = /[\\/]/u,
): { readonly kind: string; readonly subfolder: string | null } | null {
  const folders = path.split(separator).slice(0, -1)
  for (let at = folders.length - 1; at >= 0; at -= 1) {
    const kind = FOLDER_KINDS[(folders[at] ?? '').toLowerCase()]
    if (kind === undefined) continue
    const below = folders.slice(at + 1)
    return { kind, subfolder: below.length === 0 ? null : below.join('/') }
  }
  return null
}

/** File name endings of formats that run code when they are opened carelessly. */
const PICKLE_ENDINGS = ['.ckpt', '.pt', '.pt2', '.pth', '.bin', '.pkl'] as const

/** Reports whether a file of this name is blocked from every view until it is approved. */
export function isPickleName(name: string): boolean {
  const lower = name.toLowerCase()
  return PICKLE_ENDINGS.some((ending) => lower.endsWith(ending))
}

/** File name endings of model weights; other files of an imported folder are passed over. */
const MODEL_ENDINGS = [...PICKLE_ENDINGS, '.safetensors', '.sft', '.gguf', '.onnx'] as const

/** Reports whether a file of this name holds model weights. */
export function isModelName(name: string): boolean {
  const lower = name.toLowerCase()
  return MODEL_ENDINGS.some((ending) => lower.endsWith(ending))
}
