/** Where histories are run. */
import fs from 'node:fs'
import { join } from 'node:path'
import { Stage } from '../stage.ts'
import { bytesOf } from '../world.ts'
import { openRoads } from './other-roads.ts'
import { Partner } from './partner.ts'

/** A stage, and another process. */
export class Theatre implements AsyncDisposable {
  readonly stage: Stage
  readonly partner = new Partner()
  readonly #roads: Disposable

  private constructor(stage: Stage) {
    this.stage = stage
    this.#roads = openRoads(stage.world)
  }

  /** Opens a stage whose base also has an empty file and a second copy of a model. */
  static async open(): Promise<Theatre> {
    const stage = await Stage.open('histories')
    const { outside } = stage.world
    fs.writeFileSync(join(outside, 'new/vae/same as ink 墨.safetensors'), bytesOf('ink'))
    fs.writeFileSync(join(outside, 'new/empty.safetensors'), '')
    stage.keep('base')
    return new Theatre(stage)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.partner[Symbol.dispose]()
    this.#roads[Symbol.dispose]()
    this.stage[Symbol.dispose]()
  }
}
