/** Builds, saves and restores worlds. */
import fs from 'node:fs'
import { join } from 'node:path'
import { FAST, makeWorld, worldAt, type Start, type World } from './world.ts'

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

/** Saves and restores a world, always at one path, so that paths in journals stay valid. */
export class Snapshots implements Disposable {
  readonly world: World
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
    this.world = worldAt(join(folder, 'world'))
    fs.mkdirSync(this.world.other)
  }

  /** Opens snapshots in memory, or on another volume, with a world saved for each of `starts`. */
  static async open(
    name: string,
    starts: readonly Start[] = ['base'],
    volume: string = FAST,
  ): Promise<Snapshots> {
    const folder = fs.mkdtempSync(join(volume, `synapse-${name}-`))
    const snapshots = new Snapshots(fs.realpathSync(folder))
    process.once('exit', snapshots.#cleanUp)
    for (const start of starts) {
      await makeWorld(snapshots.world, start)
      snapshots.save(start)
    }
    return snapshots
  }

  /** Saves the world as it is now under a name. */
  save(name: string): void {
    fs.rmSync(join(this.#folder, name), { recursive: true, force: true })
    copyFolder(this.world.folder, join(this.#folder, name))
  }

  /** Restores the world as it was saved under a name. */
  restore(name: string): void {
    fs.rmSync(this.world.folder, { recursive: true, force: true })
    copyFolder(join(this.#folder, name), this.world.folder)
  }

  readonly #cleanUp = (): void => {
    fs.rmSync(this.#folder, { recursive: true, force: true })
  };

  [Symbol.dispose](): void {
    process.off('exit', this.#cleanUp)
    this.#cleanUp()
  }
}
