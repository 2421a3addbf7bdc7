import { css } from 'lit'

/** Buttons: quiet, primary, with an icon alone, small. */
export const buttons = css`
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
