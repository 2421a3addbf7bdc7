/** The files of `dist/`: written by rename, so that a process that starts never reads half of one. */
import fs from 'node:fs'
import path from 'node:path'

/** Path → content. Who imports others comes after them. */
export type Outputs = ReadonlyMap<string, string | Uint8Array>

function isWritten(file: string, content: string | Uint8Array): boolean {
  try {
    return fs.readFileSync(file).equals(Buffer.from(content))
  } catch {
    return false
  }
}

function write(file: string, content: string | Uint8Array): void {
  if (isWritten(file, content)) return
  fs.mkdirSync(path.dirname(file), { recursive: true })
  const temporary = `${file}.${String(process.pid)}.tmp`
  fs.writeFileSync(temporary, content)
  fs.renameSync(temporary, file)
}

/** Writes what is not there as it should be, below `folder`. */
export function writeOutputs(folder: string, outputs: Outputs): void {
  for (const [name, content] of outputs) write(path.join(folder, name), content)
}

/** Removes files of ours, each if it is there. */
export function removeOutputs(folder: string, names: Iterable<string>): void {
  for (const name of names) fs.rmSync(path.join(folder, name), { force: true })
}
