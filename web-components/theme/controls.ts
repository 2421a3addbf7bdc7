/** Buttons, fields, cards and words as every element draws them. */
import { css } from 'lit'
import { tokens } from './tokens.ts'

const base = css`
  :host {
    display: block;
    box-sizing: border-box;
    color: var(--syn-text);
    font:
      14px/20px Inter,
      system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      sans-serif;
    font-variant-numeric: tabular-nums;
    text-align: start;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h1,
  h2,
  h3,
  p,
  ul,
  ol {
    margin: 0;
    padding: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  :focus-visible {
    outline: 2px solid var(--syn-focus);
    outline-offset: 1px;
  }
  svg {
    display: block;
    flex: none;
  }
`

const words = css`
  .label {
    color: var(--syn-quiet);
    font-size: 12px;
    line-height: 16px;
    font-weight: 500;
    letter-spacing: 0.04em;
    text-transform: uppercase;
  }
  .quiet {
    color: var(--syn-quiet);
  }
  .small {
    font-size: 12px;
    line-height: 16px;
  }
  .number {
    text-align: end;
    white-space: nowrap;
  }
  code {
    font:
      12px/18px ui-monospace,
      'SF Mono',
      Menlo,
      Consolas,
      monospace;
    background: var(--syn-raised);
    border-radius: 4px;
    padding: 1px 4px;
    overflow-wrap: anywhere;
  }
  /* A name cut in the middle: its end tells versions apart. */
  .name {
    display: flex;
    min-width: 0;
    white-space: pre;
  }
  .name > .head {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .name > .tail {
    flex: none;
  }
  .chip {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    padding: 0 6px;
    border-radius: 4px;
    font-size: 12px;
    line-height: 20px;
    font-weight: 500;
    white-space: nowrap;
  }
  .chip.active {
    color: var(--syn-accent-text);
    background: var(--syn-accent-tint);
  }
  .chip.warn {
    color: var(--syn-warn-text);
    background: var(--syn-warn-tint);
  }
  .sr {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`

const buttons = css`
  button {
    appearance: none;
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    min-height: 32px;
    padding: 0 12px;
    border: 0;
    border-radius: var(--syn-radius);
    color: inherit;
    background: var(--syn-card);
    font: inherit;
    font-weight: 500;
    white-space: nowrap;
    cursor: pointer;
    transition: background-color var(--syn-move);
  }
  button:hover {
    background: var(--syn-card-hover);
  }
  .card button:not(.primary, .icon),
  .dialog button:not(.primary, .icon) {
    background: var(--syn-raised);
  }
  .card button:not(.primary, .icon):hover,
  .dialog button:not(.primary, .icon):hover {
    background: var(--syn-raised-hover);
  }
  button.primary {
    color: var(--syn-on-accent);
    background: var(--syn-accent-fill);
  }
  button.primary:hover {
    background: var(--syn-accent-fill-hover);
  }
  button.icon {
    width: 32px;
    padding: 0;
    background: none;
    color: var(--syn-quiet);
  }
  button.icon:hover {
    color: var(--syn-text);
    background: var(--syn-card-hover);
  }
  button.small {
    min-height: 28px;
    padding: 0 10px;
    font-size: 13px;
  }
  button.small.icon {
    width: 28px;
    padding: 0;
  }
  button:disabled,
  button[aria-disabled='true'] {
    color: var(--syn-muted);
    cursor: default;
  }
  button.primary:disabled {
    color: var(--syn-muted);
    background: var(--syn-raised);
  }
  button:not(.icon, .primary):disabled:hover {
    background: var(--syn-card);
  }
`

const fields = css`
  input[type='text'],
  select {
    width: 100%;
    height: 36px;
    padding: 0 12px;
    border: 1px solid transparent;
    border-radius: var(--syn-radius);
    color: var(--syn-text);
    background: var(--syn-card);
    font: inherit;
    text-overflow: ellipsis;
  }
  /* The system draws the words of a choice four pixels further in. */
  select {
    padding-inline: 8px;
  }
  .card input[type='text'],
  .card select {
    background: var(--syn-raised);
  }
  input[type='text']:hover,
  select:hover {
    border-color: var(--syn-line-strong);
  }
  input::placeholder {
    color: var(--syn-quiet);
    opacity: 1;
  }
  .field {
    display: grid;
    gap: 6px;
  }
  .field > label,
  legend {
    padding: 0;
    font-size: 13px;
    font-weight: 500;
  }
`

const surfaces = css`
  .card {
    padding: 12px;
    border-radius: 12px;
    background: var(--syn-card);
  }
  .row {
    display: flex;
    align-items: center;
    gap: 8px;
    min-width: 0;
  }
  .grow {
    flex: 1;
    min-width: 0;
  }
  .bar {
    height: 4px;
    border-radius: 2px;
    background: var(--syn-line-strong);
    overflow: hidden;
  }
  .bar > span {
    display: block;
    height: 100%;
    border-radius: 2px;
    background: var(--syn-accent);
    transition: width var(--syn-move) linear;
  }
  .bar.warn > span {
    background: var(--syn-warn);
  }
  @keyframes turn {
    to {
      transform: rotate(360deg);
    }
  }
  .spin {
    animation: turn 900ms linear infinite;
  }
  @media (prefers-reduced-motion: reduce) {
    .spin {
      animation: none;
    }
  }
`

/** Styles that every element of ours starts from. */
export const controls = [tokens, base, words, buttons, fields, surfaces]
