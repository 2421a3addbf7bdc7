/** What a model file is for. On disk `kind` is one of twelve; finer kinds are in `model_kind`. */

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
