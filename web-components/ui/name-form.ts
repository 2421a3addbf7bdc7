/** A field for one name, with the button that gives it. */
import { html, type TemplateResult } from 'lit'
import { t } from '../i18n/translate.ts'

/** What the form asks for, and what becomes of it. */
export interface NameForm {
  /** What the field says at first. */
  readonly value: string
  readonly label: string
  /** What the button says. */
  readonly action: string
  readonly busy: boolean
  /** Called with the name, without spaces around it; never with an empty one. */
  readonly onName: (name: string) => void
  readonly onCancel: () => void
}

/** Returns the form; Enter gives the name, Escape leaves it. */
export function nameForm({ value, label, action, busy, ...calls }: NameForm): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const input =
      event.target instanceof HTMLFormElement ? event.target.querySelector('input') : null
    const name = input?.value.trim() ?? ''
    if (name !== '') calls.onName(name)
  }
  const keydown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') calls.onCancel()
  }
  return html`<form class="naming" @submit=${submit} @keydown=${keydown}>
    <input
      type="text"
      autocomplete="off"
      spellcheck="false"
      maxlength="200"
      aria-label=${label}
      placeholder=${label}
      .value=${value}
    />
    <button type="submit" class="primary" ?disabled=${busy}>${action}</button>
    <button type="button" @click=${calls.onCancel}>${t('app.cancel')}</button>
  </form>`
}

/** Puts the cursor into the form, its name selected. */
export function focusNameForm(root: ParentNode): void {
  const input = root.querySelector<HTMLInputElement>('form.naming input')
  input?.focus()
  input?.select()
}
