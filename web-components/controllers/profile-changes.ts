/** Changes of profiles as the page makes them: at once, each with a way to undo it. */
import type { LitElement } from 'lit'
import { apiContext, type Api } from '../contexts/api.ts'
import { consume, type Consumed } from '../contexts/consume.ts'
import {
  createProfile,
  deleteProfile,
  editProfile,
  undoOperation,
  type ProfileEdit,
} from '../data/profile-list.ts'
import { t } from '../i18n/translate.ts'
import { ToastEvent, problemToast } from '../ui/toast-events.ts'
import { problemOf } from './resource.ts'

/** A change of a profile. */
export interface ProfileChange {
  readonly name: string
  readonly edit: ProfileEdit
  /** What it did, for the toast. */
  readonly text: string
  /** The edit that undoes it, and the name of the profile afterwards where that differs. */
  readonly back: ProfileEdit
  readonly nameAfter?: string
}

/** Makes changes one after the other, and reports each in a toast. */
export class ProfileChanges {
  readonly #host: LitElement
  readonly #api: Consumed<Api>
  readonly #changed: () => void
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** @param changed called after the last of the changes, also where it failed */
  constructor(host: LitElement, changed: () => void) {
    this.#host = host
    this.#api = consume(host, apiContext)
    this.#changed = changed
  }

  /** True while a change is made. */
  get busy(): boolean {
    return this.#waiting > 0
  }

  /** Changes a profile. @returns whether it was done */
  edit(change: ProfileChange): Promise<boolean> {
    const { name, edit, text, back, nameAfter = name } = change
    const undo = () => void this.#make('', () => editProfile(this.#api.value, nameAfter, back))
    return this.#make(text, () => editProfile(this.#api.value, name, edit), undo)
  }

  /** Creates an empty profile. @returns whether it was done */
  create(name: string): Promise<boolean> {
    return this.#make(t('profiles.created', { name }), () => createProfile(this.#api.value, name))
  }

  /** Deletes a profile. @returns whether it was done */
  async delete(name: string): Promise<boolean> {
    let operation: string | undefined
    const undo = () => {
      if (operation !== undefined) void this.#undo(operation)
    }
    const act = async () => {
      operation = (await deleteProfile(this.#api.value, name)).journal_id
    }
    return this.#make(t('profiles.deleted', { name }), act, undo)
  }

  #undo(operation: string): Promise<boolean> {
    return this.#make('', () => undoOperation(this.#api.value, operation))
  }

  #make(text: string, act: () => Promise<void>, undo?: () => void): Promise<boolean> {
    this.#count(1)
    const made = this.#last.then(() => this.#attempt(text, act, undo))
    this.#last = made
    return made
  }

  async #attempt(text: string, act: () => Promise<void>, undo?: () => void): Promise<boolean> {
    try {
      await act()
      if (text !== '') this.#host.dispatchEvent(new ToastEvent({ tone: 'good', text, undo }))
      return true
    } catch (error) {
      this.#host.dispatchEvent(problemToast(problemOf(error)))
      return false
    } finally {
      this.#count(-1)
      if (!this.busy) this.#changed()
    }
  }

  #count(more: number): void {
    this.#waiting += more
    this.#host.requestUpdate()
  }
}
