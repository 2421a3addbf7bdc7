/** What histories run on. */
import fs from 'node:fs'
import { join } from 'node:path'
import { Snapshots } from '../snapshots.ts'
import { bytesOf } from '../sandbox.ts'
import { openAliases } from './store-aliases.ts'
import { Partner } from './partner.ts'

/** Snapshots, and another process. */
export class HistorySetup implements AsyncDisposable {
  readonly snapshots: Snapshots
  readonly partner = new Partner()
  readonly #aliases: Disposable

  private constructor(snapshots: Snapshots) {
    this.snapshots = snapshots
    this.#aliases = openAliases(snapshots.sandbox)
  }

  /** Opens snapshots whose base also has an empty file and a second copy of a model. */
  static async open(): Promise<HistorySetup> {
    const snapshots = await Snapshots.open('histories')
    const { outside } = snapshots.sandbox
    fs.writeFileSync(join(outside, 'new/vae/same as ink 墨.safetensors'), bytesOf('ink'))
    fs.writeFileSync(join(outside, 'new/empty.safetensors'), '')
    snapshots.save('base')
    return new HistorySetup(snapshots)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.partner[Symbol.dispose]()
    this.#aliases[Symbol.dispose]()
    this.snapshots[Symbol.dispose]()
  }
}
