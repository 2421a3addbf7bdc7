/** Bytes of small models that are whole as their format says. */

/** Returns a safetensors file with one tensor that holds `content`. */
export function safetensors(content: string): Buffer {
  const tensor = Buffer.from(content)
  const header = { w: { dtype: 'U8', shape: [tensor.length], data_offsets: [0, tensor.length] } }
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, tensor])
}
