/** What elements tell those above them. */
import type { AppError } from '../schemas/errors.ts'
import type { Job } from './data/jobs.ts'
import type { SwitchIntent } from './data/profiles.ts'

const UP = { bubbles: true, composed: true }

/** Somebody wants to switch. */
export class SwitchEvent extends Event {
  readonly intent: SwitchIntent

  constructor(intent: SwitchIntent) {
    super('synapse-switch', UP)
    this.intent = intent
  }
}

/** Somebody chose an interface. */
export class ChooseUiEvent extends Event {
  readonly ui: string

  constructor(ui: string) {
    super('synapse-choose-ui', UP)
    this.ui = ui
  }
}

/** Somebody typed into a search field. */
export class SearchEvent extends Event {
  readonly text: string

  constructor(text: string) {
    super('synapse-search', UP)
    this.text = text
  }
}

/** Somebody wants another page of a list. */
export class PageEvent extends Event {
  readonly offset: number

  constructor(offset: number) {
    super('synapse-page', UP)
    this.offset = offset
  }
}

/** The main button of a dialog. */
export class ConfirmEvent extends Event {
  constructor() {
    super('synapse-confirm', UP)
  }
}

/** A dialog was left without its main button. */
export class CancelEvent extends Event {
  constructor() {
    super('synapse-cancel', UP)
  }
}

/** Somebody wants a job to stop. */
export class CancelJobEvent extends Event {
  readonly job: string

  constructor(job: string) {
    super('synapse-cancel-job', UP)
    this.job = job
  }
}

/** A job has begun on behalf of this page. */
export class JobStartedEvent extends Event {
  readonly job: Job

  constructor(job: Job) {
    super('synapse-job-started', UP)
    this.job = job
  }
}

/** Somebody wants to import models. */
export class ToImportEvent extends Event {
  constructor() {
    super('synapse-to-import', UP)
  }
}

/** A short message, with one thing that can still be done. */
export interface Toast {
  readonly tone: 'good' | 'bad'
  readonly text: string
  readonly detail?: string | undefined
  readonly undo?: (() => void) | undefined
}

/** Something is to be told in passing. */
export class ToastEvent extends Event {
  readonly toast: Toast

  constructor(toast: Toast) {
    super('synapse-toast', UP)
    this.toast = toast
  }
}

/** The toast of a problem: what happened and what to do next. */
export function problemToast(problem: AppError): ToastEvent {
  return new ToastEvent({ tone: 'bad', text: problem.message, detail: problem.hint })
}

declare global {
  interface HTMLElementEventMap {
    'synapse-switch': SwitchEvent
    'synapse-choose-ui': ChooseUiEvent
    'synapse-search': SearchEvent
    'synapse-page': PageEvent
    'synapse-confirm': ConfirmEvent
    'synapse-cancel': CancelEvent
    'synapse-cancel-job': CancelJobEvent
    'synapse-job-started': JobStartedEvent
    'synapse-to-import': ToImportEvent
    'synapse-toast': ToastEvent
  }
}
