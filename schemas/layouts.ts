/** The folder of each kind in each interface, and the kind of a folder. */

/** Kind → folder below the view, parts joined by `/`. */
export type Layout = Readonly<Record<string, string>>

const COMFYUI: Layout = {
  checkpoint: 'models/checkpoints',
  lora: 'models/loras',
  vae: 'models/vae',
  controlnet: 'models/controlnet',
  upscaler: 'models/upscale_models',
  clip: 'models/clip',
  text_encoder: 'models/text_encoders',
  diffusion_model: 'models/diffusion_models',
  embedding: 'models/embeddings',
  unet: 'models/unet',
  clip_vision: 'models/clip_vision',
  style_model: 'models/style_models',
  hypernetwork: 'models/hypernetworks',
  gligen: 'models/gligen',
  photomaker: 'models/photomaker',
  audio_encoder: 'models/audio_encoders',
  model_patch: 'models/model_patches',
  vae_approx: 'models/vae_approx',
  latent_upscale_model: 'models/latent_upscale_models',
  classifier: 'models/classifiers',
  diffusers: 'models/diffusers',
  background_removal: 'models/background_removal',
  frame_interpolation: 'models/frame_interpolation',
  geometry_estimation: 'models/geometry_estimation',
  optical_flow: 'models/optical_flow',
  detection: 'models/detection',
}

const FORGE: Layout = {
  checkpoint: 'models/Stable-diffusion',
  diffusion_model: 'models/Stable-diffusion',
  unet: 'models/Stable-diffusion',
  lora: 'models/Lora',
  vae: 'models/VAE',
  text_encoder: 'models/text_encoder',
  clip: 'models/text_encoder',
  controlnet: 'models/ControlNet',
  upscaler: 'models/ESRGAN',
  embedding: 'embeddings',
  hypernetwork: 'models/hypernetworks',
  vae_approx: 'models/VAE-approx',
  clip_vision: 'models/ControlNetPreprocessor',
}

const A1111: Layout = {
  checkpoint: 'models/Stable-diffusion',
  lora: 'models/Lora',
  vae: 'models/VAE',
  controlnet: 'models/ControlNet',
  upscaler: 'models/ESRGAN',
  embedding: 'embeddings',
  hypernetwork: 'models/hypernetworks',
  vae_approx: 'models/VAE-approx',
}

const SDNEXT: Layout = {
  checkpoint: 'models/Stable-diffusion',
  diffusion_model: 'models/UNET',
  unet: 'models/UNET',
  lora: 'models/Lora',
  vae: 'models/VAE',
  text_encoder: 'models/Text-encoder',
  clip: 'models/Text-encoder',
  controlnet: 'models/control/controlnet',
  upscaler: 'models/ESRGAN',
  embedding: 'models/embeddings',
  vae_approx: 'models/VAE-approx',
  clip_vision: 'models/CLIP',
}

/**
 * Layouts of the interfaces that are known from the start; a config may correct or add to them.
 * A new store serves them all, in this order.
 */
export const BUILT_IN_LAYOUTS: Readonly<Record<string, Layout>> = {
  comfyui: COMFYUI,
  forge: FORGE,
  a1111: A1111,
  sdnext: SDNEXT,
}

/** Further names of folders that people and older versions use, lower case → kind. */
const OTHER_FOLDERS: readonly (readonly [string, string])[] = [
  ['lycoris', 'lora'],
  ['t2i_adapter', 'controlnet'],
  ['realesrgan', 'upscaler'],
  ['swinir', 'upscaler'],
  ['scunet', 'upscaler'],
  ['dat', 'upscaler'],
]

/**
 * Folders with models of several kinds, although a layout puts only one there: they determine no
 * kind.
 */
const MIXED_FOLDERS: ReadonlySet<string> = new Set(['controlnetpreprocessor'])

const lastPart = (folder: string) => folder.slice(folder.lastIndexOf('/') + 1).toLowerCase()

/** Name of a folder → kind. A folder of several kinds counts as the one named first. */
const FOLDER_KINDS: ReadonlyMap<string, string> = new Map(
  Object.values(BUILT_IN_LAYOUTS)
    .flatMap((layout) =>
      Object.entries(layout).map(([kind, folder]) => [lastPart(folder), kind] as const),
    )
    .concat(OTHER_FOLDERS)
    .filter(([folder]) => !MIXED_FOLDERS.has(folder))
    // The last entry of a name stays in a Map.
    .reverse(),
)

/**
 * Returns the kind that a file's folders name, the nearest folder first, and the folders below that
 * one; null where none names a kind.
 * @param separator the separator of the parts; a backslash may be part of a name where `/` is
 * @example placeFromFolders('/old/models/Lora/people/a.safetensors')
 * // { kind: 'lora', subfolder: 'people' }
 */
export function kindFromFolders(
  path: string,
  separator: string | RegExp = /[\\/]/u,
): { readonly kind: string; readonly subfolder: string | null } | null {
  const folders = path.split(separator).slice(0, -1)
  for (let at = folders.length - 1; at >= 0; at -= 1) {
    const kind = FOLDER_KINDS.get((folders[at] ?? '').toLowerCase())
    if (kind === undefined) continue
    const below = folders.slice(at + 1)
    return { kind, subfolder: below.length === 0 ? null : below.join('/') }
  }
  return null
}
