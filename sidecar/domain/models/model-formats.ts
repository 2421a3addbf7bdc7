/** Plausibility checks of model files: the beginning and, where the format records it, the size. */
import fs from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { extname } from 'node:path'

/** Readers of safetensors refuse a longer header. */
const MAX_HEADER_BYTES = 100_000_000
const OPENING_BRACE = 0x7b
/** The record at a zip's end, with the longest comment that it may have. */
const ZIP_END_BYTES = 22 + 65_535
const ZIP_END = Buffer.from('PK\u0005\u0006', 'latin1')

type Look = (file: FileHandle, size: number) => Promise<boolean>

async function read(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at)
  return buffer.subarray(0, bytesRead)
}

/**
 * Where a file ends according to its beginning: the length of a JSON header, the header, and every
 * tensor that it names. Null where it does not begin like that. Source:
 * https://github.com/huggingface/safetensors#format
 */
async function endOfSafetensors(file: FileHandle, size: number): Promise<number | null> {
  const head = await read(file, 0, 9)
  if (head.length < 9 || head[8] !== OPENING_BRACE) return null
  const length = Number(head.readBigUInt64LE())
  if (length < 2 || length > MAX_HEADER_BYTES) return null
  if (8 + length > size) return 8 + length
  try {
    const header: unknown = JSON.parse((await read(file, 8, length)).toString('utf8'))
    if (typeof header !== 'object' || header === null) return null
    return 8 + length + endOfTensors(header)
  } catch {
    return null
  }
}

async function isSafetensors(file: FileHandle, size: number): Promise<boolean> {
  const end = await endOfSafetensors(file, size)
  return end !== null && end <= size
}

function endOfTensors(header: object): number {
  const ends = Object.values(header).map((tensor: { data_offsets?: unknown } | null) => {
    const offsets = tensor?.data_offsets
    const end: unknown = Array.isArray(offsets) ? offsets[1] : 0
    return typeof end === 'number' ? end : 0
  })
  return ends.reduce((most, end) => Math.max(most, end), 0)
}

async function isGguf(file: FileHandle): Promise<boolean> {
  return (await read(file, 0, 4)).toString('latin1') === 'GGUF'
}

/** Reports whether a file is a zip with its end record, or a bare pickle with its last opcode. */
async function isPickle(file: FileHandle, size: number): Promise<boolean> {
  const head = await read(file, 0, 2)
  if (head.toString('latin1') === 'PK') {
    const start = Math.max(0, size - ZIP_END_BYTES)
    return (await read(file, start, size - start)).includes(ZIP_END)
  }
  return head[0] === 0x80 && (await read(file, size - 1, 1)).toString('latin1') === '.'
}

const SAFETENSORS: readonly string[] = ['.safetensors', '.sft']

const LOOKS: Readonly<Record<string, Look>> = {
  '.safetensors': isSafetensors,
  '.sft': isSafetensors,
  '.gguf': isGguf,
  '.ckpt': isPickle,
  '.pt': isPickle,
  '.pt2': isPickle,
  '.pth': isPickle,
  '.pkl': isPickle,
}

/**
 * Reports whether a file looks like a complete model of the format that its name indicates. Formats
 * without a magic number only must not be empty.
 * @throws what opening or reading the file throws
 */
export async function looksWhole(path: string): Promise<boolean> {
  const { size } = fs.statSync(path)
  if (size === 0) return false
  const look = LOOKS[extname(path).toLowerCase()]
  if (look === undefined) return true
  await using file = await open(path, 'r')
  return await look(file, size)
}

/**
 * Reports whether the end of a file is certainly missing, as after a stopped download.
 * @throws what opening or reading the file throws
 */
export async function isCutShort(path: string): Promise<boolean> {
  if (!SAFETENSORS.includes(extname(path).toLowerCase())) return false
  const { size } = fs.statSync(path)
  await using file = await open(path, 'r')
  const end = await endOfSafetensors(file, size)
  return end !== null && end > size
}
