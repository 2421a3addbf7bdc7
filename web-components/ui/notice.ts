import { LitElement, css, html, nothing } from 'lit'
import { controls } from '../theme/controls.ts'
import { icon, type IconName } from './icons.ts'

/** What a notice is about: a failure, a lost service, nothing there, or a remark. */
export type NoticeTone = 'error' | 'offline' | 'empty' | 'note'

const ICONS: Readonly<Record<NoticeTone, IconName>> = {
  error: 'stop',
  offline: 'offline',
  empty: 'pack',
  note: 'info',
}

/**
 * States in one place what happened, what was not touched and what can be done.
 * Slots: default for more words, `action` for the one way on.
 */
export class SynapseNotice extends LitElement {
  static override properties = { tone: { reflect: true }, heading: {} }
  static override styles = [
    controls,
    css`
      .notice {
        display: flex;
        gap: 10px;
        padding: 12px;
        border: 1px solid var(--syn-line);
        border-radius: 12px;
      }
      .body {
        display: grid;
        gap: 4px;
        flex: 1;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .heading {
        font-weight: 500;
      }
      ::slotted(p) {
        margin: 0;
        color: var(--syn-quiet);
        font-size: 13px;
        line-height: 18px;
      }
      svg {
        margin-top: 2px;
      }
      ::slotted([slot='action']) {
        justify-self: start;
        margin-top: 6px;
      }
      :host([tone='error']) .notice {
        border-color: color-mix(in srgb, var(--syn-bad) 60%, transparent);
        background: var(--syn-bad-tint);
      }
      :host([tone='error']) svg {
        color: var(--syn-bad-text);
      }
      :host([tone='offline']) .notice,
      :host([tone='note']) .notice {
        border-color: transparent;
        background: var(--syn-warn-tint);
      }
      :host([tone='offline']) svg,
      :host([tone='note']) svg {
        color: var(--syn-warn-text);
      }
      :host([tone='empty']) .notice {
        flex-direction: column;
        align-items: center;
        padding: 32px 16px;
        border-style: dashed;
        text-align: center;
      }
      :host([tone='empty']) svg {
        color: var(--syn-muted);
      }
      :host([tone='empty']) ::slotted([slot='action']) {
        justify-self: center;
      }
    `,
  ]

  declare tone: NoticeTone
  declare heading: string

  constructor() {
    super()
    this.tone = 'note'
    this.heading = ''
  }

  override render() {
    const size = this.tone === 'empty' ? 24 : 16
    return html`<div class="notice" role=${this.tone === 'error' ? 'alert' : 'status'}>
      ${icon(ICONS[this.tone], size)}
      <div class="body">
        ${this.heading === '' ? nothing : html`<p class="heading">${this.heading}</p>`}
        <slot></slot>
        <slot name="action"></slot>
      </div>
    </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'synapse-notice': SynapseNotice
  }
}
