/** Changes of profiles as the page makes them: at once, each with a way to undo it. */
import type { LitElement, ReactiveController } from 'lit'
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

/** Makes one change at a time, and reports each in a toast. */
export class ProfileChanges implements ReactiveController {
  busy = false
  readonly #host: LitElement
  readonly #api: Consumed<Api>
  readonly #changed: () => void

  /** @param changed called after each attempt, also a failed one */
  constructor(host: LitElement, changed: () => void) {
    this.#host = host
    this.#api = consume(host, apiContext)
    this.#changed = changed
    host.addController(this)
  }

  hostConnected(): void {
    this.busy = false
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

  async #make(text: string, act: () => Promise<void>, undo?: () => void): Promise<boolean> {
    if (this.busy) return false
    this.#set(true)
    try {
      await act()
      if (text !== '') this.#host.dispatchEvent(new ToastEvent({ tone: 'good', text, undo }))
      return true
    } catch (error) {
      this.#host.dispatchEvent(problemToast(problemOf(error)))
      return false
    } finally {
      this.#set(false)
      this.#changed()
    }
  }

  #set(busy: boolean): void {
    this.busy = busy
    this.#host.requestUpdate()
  }
}
