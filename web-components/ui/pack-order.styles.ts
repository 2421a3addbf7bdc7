import { css } from 'lit'

/** Looks of the packs of a profile in their order. */
export const packOrderStyles = css`
  li {
    display: flex;
    align-items: center;
    gap: 8px;
    height: 36px;
    padding: 0 4px 0 8px;
    border-radius: 8px;
    border-block: 2px solid transparent;
  }
  li:hover,
  li:focus-within {
    background: var(--syn-raised-hover);
  }
  li:focus-visible {
    outline-offset: -2px;
  }
  li.dragged {
    opacity: 0.5;
  }
  li.before {
    border-top-color: var(--syn-accent);
  }
  li.after {
    border-bottom-color: var(--syn-accent);
  }
  ol:not(.fixed) li {
    cursor: grab;
  }
  .place {
    flex: none;
    width: 20px;
    text-align: end;
    color: var(--syn-muted);
    font-size: 12px;
    font-variant-numeric: tabular-nums;
  }
  .actions {
    display: none;
    flex: none;
  }
  li:hover > .actions,
  li:focus-within > .actions {
    display: flex;
  }
  @media (hover: none) {
    .actions {
      display: flex;
    }
  }
  .up > svg {
    transform: rotate(-90deg);
  }
  .down > svg {
    transform: rotate(90deg);
  }
`
