import { css } from 'lit'

/** Looks of the list of packs: one line a pack at any width. */
export const packListStyles = css`
  :host {
    container-type: inline-size;
  }
  .title {
    display: flex;
    align-items: center;
    justify-content: space-between;
    min-height: 24px;
    margin-bottom: 8px;
  }
  .search {
    position: relative;
    margin-bottom: 8px;
  }
  .search > svg {
    position: absolute;
    left: 12px;
    top: 10px;
    color: var(--syn-quiet);
    pointer-events: none;
  }
  .search input {
    padding-inline: 36px;
  }
  .search button {
    position: absolute;
    right: 2px;
    top: 2px;
  }
  .search kbd {
    position: absolute;
    right: 10px;
    top: 8px;
    width: 20px;
    border: 1px solid var(--syn-line-strong);
    border-radius: 4px;
    color: var(--syn-quiet);
    font: 12px/18px inherit;
    text-align: center;
    pointer-events: none;
  }
  .search input:focus ~ kbd {
    display: none;
  }
  li.pack {
    position: relative;
    display: flex;
    align-items: center;
    gap: 8px;
    height: 36px;
    padding: 0 8px;
    border-radius: 8px;
    content-visibility: auto;
    contain-intrinsic-height: 36px;
  }
  li.pack:hover,
  li.pack:focus-within {
    background: var(--syn-card-hover);
  }
  li.pack.current {
    background: var(--syn-accent-tint);
  }
  li.pack:focus-visible {
    outline-offset: -2px;
  }
  .mark {
    color: var(--syn-muted);
  }
  li.current > .mark {
    color: var(--syn-accent-text);
  }
  li.warn > .mark {
    color: var(--syn-warn-text);
  }
  li.outside .name {
    color: var(--syn-quiet);
  }
  .pack .grow {
    display: flex;
    align-items: center;
    gap: 8px;
  }
  .meta {
    display: flex;
    gap: 4px;
    color: var(--syn-quiet);
    font-size: 12px;
    white-space: nowrap;
  }
  .short {
    color: var(--syn-warn-text);
  }
  /* On a narrow list the name of the pack in use needs the room beside its chip. */
  .current .files,
  .current .files + .dot {
    display: none;
  }
  .actions {
    display: none;
    align-items: center;
    gap: 2px;
  }
  li:is(:hover, :focus-within, .busy) .actions {
    display: flex;
  }
  li:is(:hover, :focus-within, .busy) .meta {
    display: none;
  }
  .actions .icon:hover {
    background: var(--syn-card-selected);
  }
  :host([stale]) :is(.name, .chip, .short, .mark) {
    color: var(--syn-quiet) !important;
  }
  :host([stale]) li.current:not(:hover) {
    background: none;
  }
  :host([stale]) .chip {
    background: var(--syn-card);
  }
  :host([stale]) li:is(:hover, :focus-within) .meta {
    display: flex;
  }
  .bone {
    height: 36px;
    display: flex;
    align-items: center;
    gap: 12px;
    padding: 0 8px;
  }
  .bone::before,
  .bone::after {
    content: '';
    height: 12px;
    border-radius: 4px;
    background: var(--syn-card);
  }
  .bone::before {
    width: var(--width, 40%);
  }
  .bone::after {
    width: 20%;
    margin-left: auto;
  }
  .foot {
    padding: 8px;
  }
  .pager {
    display: flex;
    align-items: center;
    gap: 4px;
  }
  .turned svg {
    transform: rotate(180deg);
  }
  @container (min-width: 520px) {
    .meta {
      gap: 0;
      font-size: 13px;
    }
    .meta .dot {
      display: none;
    }
    .current .files {
      display: inline;
    }
    .meta > span {
      width: 84px;
      text-align: end;
    }
    .actions {
      display: flex;
      width: 92px;
      justify-content: flex-end;
    }
    li:not(:hover, :focus-within, .busy) .actions button {
      color: var(--syn-quiet);
      background: none;
    }
    li:is(:hover, :focus-within, .busy) .meta {
      display: flex;
    }
  }
  @media (hover: none) {
    .actions {
      display: flex;
    }
    .meta {
      display: none;
    }
  }
  @media (forced-colors: active) {
    li.current {
      outline: 1px solid Highlight;
    }
  }
`
