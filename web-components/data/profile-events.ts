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

declare global {
  interface HTMLElementEventMap {
    'synapse-switch': SwitchEvent
    'synapse-choose-ui': ChooseUiEvent
  }
}
