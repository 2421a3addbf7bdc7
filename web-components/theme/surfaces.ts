import { css } from 'lit'

/** Cards, rows, bars of progress, and what turns while one waits. */
export const surfaces = css`
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
