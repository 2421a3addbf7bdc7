/** Builds, saves and restores sandboxes. */
import fs from 'node:fs'
import { join } from 'node:path'
import { FAST, makeSandbox, sandboxAt, type Start, type Sandbox } from './sandbox.ts'

/** Copies a folder with times and links, by itself: much faster than a program. */
function copyFolder(from: string, to: string): void {
  fs.mkdirSync(to)
  copyInto(from, to)
}

/** Copies as {@link copyFolder} does, into an empty folder that exists. */
export function copyInto(from: string, to: string): void {
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) copyFolder(source, target)
    else if (entry.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(source), target)
    else fs.copyFileSync(source, target)
    if (!entry.isDirectory()) keepTime(source, target)
  }
  keepTime(from, to)
}

function keepTime(from: string, to: string): void {
  const { atimeMs, mtimeMs } = fs.lstatSync(from)
  fs.lutimesSync(to, atimeMs / 1000, mtimeMs / 1000)
}

/** Saves and restores a sandbox, always at one path, so that paths in journals stay valid. */
export class Snapshots implements Disposable {
  readonly sandbox: Sandbox
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
    this.sandbox = sandboxAt(join(folder, 'sandbox'))
    fs.mkdirSync(this.sandbox.other)
  }

  /** Opens snapshots in memory, or on another volume, with a sandbox saved for each of `starts`. */
  static async open(
    name: string,
    starts: readonly Start[] = ['base'],
    volume: string = FAST,
  ): Promise<Snapshots> {
    const folder = fs.mkdtempSync(join(volume, `synapse-${name}-`))
    const snapshots = new Snapshots(fs.realpathSync(folder))
    process.once('exit', snapshots.#cleanUp)
    for (const start of starts) {
      await makeSandbox(snapshots.sandbox, start)
      snapshots.save(start)
    }
    return snapshots
  }

  /** Saves the sandbox as it is now under a name. */
  save(name: string): void {
    fs.rmSync(join(this.#folder, name), { recursive: true, force: true })
    copyFolder(this.sandbox.folder, join(this.#folder, name))
  }

  /** Restores the sandbox as it was saved under a name. */
  restore(name: string): void {
    fs.rmSync(this.sandbox.folder, { recursive: true, force: true })
    copyFolder(join(this.#folder, name), this.sandbox.folder)
  }

  readonly #cleanUp = (): void => {
    fs.rmSync(this.#folder, { recursive: true, force: true })
  };

  [Symbol.dispose](): void {
    process.off('exit', this.#cleanUp)
    this.#cleanUp()
  }
}
