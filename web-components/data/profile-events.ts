/** Events of elements about profiles and interfaces. */
import { BubblingEvent } from '../bubbling-event.ts'
import type { SwitchIntent } from './profiles.ts'

/** The user wants to switch. */
export class SwitchEvent extends BubblingEvent {
  readonly intent: SwitchIntent

  constructor(intent: SwitchIntent) {
    super('synapse-switch')
    this.intent = intent
  }
}

/** The user chose an interface. */
export class ChooseUiEvent extends BubblingEvent {
  readonly ui: string

  constructor(ui: string) {
    super('synapse-choose-ui')
    this.ui = ui
  }
}

/** The user moves a pack within a profile: before another one, or to the end. */
export class MovePackEvent extends BubblingEvent {
  readonly pack: string
  readonly before: string | null
  /** All packs in the new order. */
  readonly packs: readonly string[]

  constructor(pack: string, before: string | null, packs: readonly string[]) {
    super('synapse-move-pack')
    this.pack = pack
    this.before = before
    this.packs = packs
  }
}

/** The user takes a pack out of a profile. */
export class RemovePackEvent extends BubblingEvent {
  readonly pack: string

  constructor(pack: string) {
    super('synapse-remove-pack')
    this.pack = pack
  }
}

/** Another profile is to be opened; null: none. */
export class OpenProfileEvent extends BubblingEvent {
  readonly name: string | null

  constructor(name: string | null) {
    super('synapse-open-profile')
    this.name = name
  }
}

declare global {
  interface HTMLElementEventMap {
    'synapse-switch': SwitchEvent
    'synapse-choose-ui': ChooseUiEvent
    'synapse-open-profile': OpenProfileEvent
    'synapse-move-pack': MovePackEvent
    'synapse-remove-pack': RemovePackEvent
  }
}
