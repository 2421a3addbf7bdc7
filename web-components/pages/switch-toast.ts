/** The message after a switch. */
import type { SwitchIntent, SwitchResult } from '../data/profiles.ts'
import { ToastEvent } from '../ui/toast-events.ts'
import { t } from '../i18n/translate.ts'

/** A switch that was made. */
interface DoneSwitch {
  readonly intent: SwitchIntent
  readonly ui: string
  readonly result: SwitchResult
}

/**
 * Returns the toast of a switch made; a pack that was put on top can be taken off again by `undo`.
 */
export function switchToast({ intent, ui, result }: DoneSwitch, undo: () => void): ToastEvent {
  const plan = result.plan.uis.find((other) => other.ui === ui)
  if (result.not_flipped.length > 0) {
    const text = t('switch.not_flipped', { ui: result.not_flipped.join(', ') })
    return new ToastEvent({ tone: 'bad', text })
  }
  const profile = intent.action === 'use' ? intent.pack : (plan?.profile_after ?? '')
  const counts = { added: plan?.appear.total ?? 0, removed: plan?.disappear.total ?? 0 }
  const details = [t('switch.counts', counts)]
  const moved = result.quarantined.length
  if (moved > 0) details.push(t('switch.quarantined', { n: moved }))
  return new ToastEvent({
    tone: 'good',
    text: t('switch.done', { ui, profile }),
    detail: details.join(' '),
    undo: intent.action === 'use' ? undo : undefined,
  })
}
