/** Short messages on their way to the foot of the page. */
import type { AppError } from '../../schemas/errors.ts'
import { BubblingEvent } from '../bubbling-event.ts'

/** A short message, with one thing that can still be done. */
export interface Toast {
  readonly tone: 'good' | 'bad'
  readonly text: string
  readonly detail?: string | undefined
  readonly undo?: (() => void) | undefined
}

/** A short message to show. */
export class ToastEvent extends BubblingEvent {
  readonly toast: Toast

  constructor(toast: Toast) {
    super('synapse-toast')
    this.toast = toast
  }
}

/** Returns the toast of a problem: what happened and what to do next. */
export function problemToast(problem: AppError): ToastEvent {
  return new ToastEvent({ tone: 'bad', text: problem.message, detail: problem.hint })
}

declare global {
  interface HTMLElementEventMap {
    'synapse-toast': ToastEvent
  }
}
