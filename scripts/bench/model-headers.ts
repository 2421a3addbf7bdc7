/** Heads of model files as their formats ask for them: safetensors and GGUF. */
import type { Random } from './random.ts'

/** The head of a file, and how long the whole file is with the bytes that the head promises. */
export interface ModelHead {
  readonly bytes: Buffer
  readonly size: number
}

const BLOCKS = ['attn.to_q', 'attn.to_k', 'attn.to_v', 'attn.to_out', 'mlp.fc1', 'mlp.fc2'] as const
const BASES = ['sd_v1', 'sd_xl', 'flux', 'sd_3', 'pony', 'hunyuan'] as const

interface Tensor {
  readonly name: string
  readonly shape: readonly number[]
}

/** Tensors of two bytes an element; tiny ones make a file that is all there. */
function tensorsOf(random: Random, tiny: boolean): Tensor[] {
  const layers = random.whole(1, tiny ? 2 : 12)
  const width = tiny ? random.whole(1, 8) : 64 * random.whole(4, 48)
  return Array.from({ length: layers }, (_one, layer) => ({
    name: `blocks.${String(layer)}.${random.pick(BLOCKS)}.weight`,
    shape: [width, tiny ? random.whole(1, 8) : width * random.whole(1, 8)],
  }))
}

const elementsOf = (tensor: Tensor) => tensor.shape.reduce((product, side) => product * side, 1)

/**
 * Returns a safetensors head: eight bytes of length, then JSON padded to eight
 * (https://github.com/huggingface/safetensors#format).
 * @param mark makes this head differ from every other
 */
export function safetensorsHead(random: Random, mark: string, tiny: boolean): ModelHead {
  const base = random.pick(BASES)
  const fields: Record<string, unknown> = {
    __metadata__: { format: 'pt', 'modelspec.title': mark, ss_base_model_version: base },
  }
  let end = 0
  for (const tensor of tensorsOf(random, tiny)) {
    const start = end
    end += 2 * elementsOf(tensor)
    fields[tensor.name] = { dtype: 'F16', shape: tensor.shape, data_offsets: [start, end] }
  }
  const json = JSON.stringify(fields)
  const text = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return { bytes: Buffer.concat([length, text]), size: 8 + text.length + end }
}

const GGUF_STRING = 8
const GGUF_F16 = 1
const GGUF_ALIGNMENT = 32

const aligned = (size: number) => Math.ceil(size / GGUF_ALIGNMENT) * GGUF_ALIGNMENT

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

const ggufText = (text: string) => Buffer.concat([u64(Buffer.byteLength(text)), Buffer.from(text)])

const ggufPair = (key: string, value: string) =>
  Buffer.concat([ggufText(key), u32(GGUF_STRING), ggufText(value)])

function ggufTensor({ name, shape }: Tensor, offset: number): Buffer {
  return Buffer.concat([
    ggufText(name),
    u32(shape.length),
    ...shape.map(u64),
    u32(GGUF_F16),
    u64(offset),
  ])
}

/**
 * Returns a GGUF head of version 3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
 * @param mark makes this head differ from every other
 */
export function ggufHead(random: Random, mark: string, tiny: boolean): ModelHead {
  const tensors = tensorsOf(random, tiny)
  const pairs = [
    ggufPair('general.architecture', random.pick(['llama', 'flux', 't5encoder'])),
    ggufPair('general.name', mark),
  ]
  let offset = 0
  const infos = tensors.map((tensor) => {
    const info = ggufTensor(tensor, offset)
    offset = aligned(offset + 2 * elementsOf(tensor))
    return info
  })
  const counts = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(pairs.length)]
  const head = Buffer.concat([...counts, ...pairs, ...infos])
  const padded = Buffer.concat([head, Buffer.alloc(aligned(head.length) - head.length)])
  return { bytes: padded, size: padded.length + offset }
}
