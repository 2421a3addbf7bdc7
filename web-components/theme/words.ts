import { css } from 'lit'

/** Words: labels, code, names cut in the middle, chips. */
export const words = css`
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
  /* A name cut in the middle: its end distinguishes versions. */
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
