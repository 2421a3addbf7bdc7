/** How a dialog was left. */
import { BubblingEvent } from '../bubbling-event.ts'

/** By its main button. */
export class ConfirmEvent extends BubblingEvent {
  constructor() {
    super('synapse-confirm')
  }
}

/** Without its main button. */
export class CancelEvent extends BubblingEvent {
  constructor() {
    super('synapse-cancel')
  }
}

declare global {
  interface HTMLElementEventMap {
    'synapse-confirm': ConfirmEvent
    'synapse-cancel': CancelEvent
  }
}
