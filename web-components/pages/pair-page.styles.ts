import { css } from 'lit'

/** Looks of the pairing. */
export const pairStyles = css`
  :host {
    height: 100%;
    overflow-y: auto;
  }
  main {
    display: grid;
    gap: 16px;
    max-width: 420px;
    margin: 0 auto;
    padding: 16px;
  }
  main.page {
    padding-top: max(32px, 18vh);
  }
  h1 {
    font-size: 16px;
    line-height: 32px;
    font-weight: 600;
  }
  h1:focus {
    outline: none;
  }
  .code {
    display: grid;
    gap: 4px;
    justify-items: center;
    padding: 24px 12px 16px;
    text-align: center;
  }
  .code output {
    font:
      600 28px/36px ui-monospace,
      'SF Mono',
      Menlo,
      Consolas,
      monospace;
    letter-spacing: 0.04em;
    user-select: all;
  }
  .wait {
    justify-content: center;
    margin-top: 8px;
  }
  .command {
    display: flex;
    align-items: center;
    gap: 4px;
    padding: 2px 2px 2px 10px;
    border-radius: 8px;
    background: var(--syn-card);
  }
  .command code {
    flex: 1;
    min-width: 0;
    padding: 0;
    background: none;
  }
  .how {
    display: grid;
    gap: 8px;
  }
`
