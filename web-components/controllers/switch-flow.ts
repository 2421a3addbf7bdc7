/** A switch from the wish to the toast: plan, show, apply; a stale plan is shown again. */
import type { ReactiveController, ReactiveElement } from 'lit'
import { isAppError, type AppError } from '../../schemas/errors.ts'
import { apiContext, type Api } from '../contexts/api.ts'
import { consume, type Consumed } from '../contexts/consume.ts'
import {
  applySwitch,
  planSwitch,
  type SwitchIntent,
  type SwitchPlan,
  type SwitchResult,
} from '../data/profiles.ts'
import { problemOf } from './resource.ts'

/** How far the switch is. */
export type FlowState =
  | { readonly step: 'idle' }
  | { readonly step: 'planning'; readonly intent: SwitchIntent }
  | {
      readonly step: 'shown' | 'applying'
      readonly intent: SwitchIntent
      readonly ui: string
      readonly plan: SwitchPlan
      /** True where the plan replaces one that was out of date. */
      readonly renewed: boolean
    }

/** Callbacks for how it ended. */
export interface SwitchCallbacks {
  readonly done: (intent: SwitchIntent, ui: string, result: SwitchResult) => void
  readonly failed: (problem: AppError) => void
}

/** Runs one switch at a time; every change is planned and shown before it is made. */
export class SwitchFlow implements ReactiveController {
  state: FlowState = { step: 'idle' }

  readonly #host: ReactiveElement
  readonly #api: Consumed<Api>
  readonly #ends: SwitchCallbacks

  constructor(host: ReactiveElement, ends: SwitchCallbacks) {
    this.#host = host
    this.#api = consume(host, apiContext)
    this.#ends = ends
    host.addController(this)
  }

  hostConnected(): void {
    this.#set({ step: 'idle' })
  }

  /** Fetches the plan and shows it; a failure is reported and nothing is shown. */
  async ask(intent: SwitchIntent, ui: string): Promise<void> {
    if (this.state.step !== 'idle') return
    this.#set({ step: 'planning', intent })
    await this.#plan(intent, ui, false)
  }

  /** Closes the plan without doing anything. */
  cancel(): void {
    if (this.state.step === 'shown') this.#set({ step: 'idle' })
  }

  /** Does what is shown, exactly that; a plan that has become stale is shown again. */
  async confirm(): Promise<void> {
    if (this.state.step !== 'shown') return
    const shown = this.state
    this.#set({ ...shown, step: 'applying' })
    try {
      const result = await applySwitch(this.#api.value, shown)
      this.#set({ step: 'idle' })
      this.#ends.done(shown.intent, shown.ui, result)
    } catch (error) {
      if (isAppError(error, 'plan.stale')) await this.#plan(shown.intent, shown.ui, true)
      else this.#fail(error)
    }
  }

  /** Makes a switch that was promised already (Undo), planned and applied in one go. */
  async run(intent: SwitchIntent, ui: string): Promise<void> {
    try {
      const { plan } = await planSwitch(this.#api.value, intent, ui)
      this.#ends.done(intent, ui, await applySwitch(this.#api.value, { intent, ui, plan }))
    } catch (error) {
      this.#ends.failed(problemOf(error))
    }
  }

  async #plan(intent: SwitchIntent, ui: string, renewed: boolean): Promise<void> {
    try {
      const { plan } = await planSwitch(this.#api.value, intent, ui)
      this.#set({ step: 'shown', intent, ui, plan, renewed })
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.#set({ step: 'idle' })
    this.#ends.failed(problemOf(error))
  }

  #set(state: FlowState): void {
    this.state = state
    this.#host.requestUpdate()
  }
}
