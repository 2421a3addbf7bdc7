/**
 * The one place that knows ComfyUI's theme variables. Everything else uses `--syn-*`.
 *
 * Each name falls back to the older name and then to the default dark palette. Text colours are
 * mixed from a palette's own colours so that they keep AA contrast on its own surfaces, whichever
 * palette that is.
 */
import { css } from 'lit'

/** Semantic variables of ours, for `:host` of every element. */
export const tokens = css`
  :host {
    --syn-page: var(
      --interface-panel-surface,
      var(--base-background, var(--comfy-menu-bg, #171718))
    );
    --syn-text: var(--base-foreground, var(--fg-color, #fff));
    --syn-muted: var(--muted-foreground, var(--descrip-text, #8a8a8a));
    --syn-quiet: color-mix(in srgb, var(--syn-muted) 78%, var(--syn-text));
    --syn-card: var(--secondary-background, var(--comfy-input-bg, #262729));
    --syn-card-hover: var(--secondary-background-hover, #313235);
    --syn-card-selected: var(--secondary-background-selected, #494a50);
    --syn-raised: var(--tertiary-background, var(--syn-card-hover));
    --syn-raised-hover: var(--tertiary-background-hover, #3c3d42);
    --syn-line: var(--border-subtle, var(--border-color, #3c3d42));
    --syn-line-strong: var(--border-default, var(--border-color, #494a50));
    --syn-dialog: var(--modal-panel-background, var(--syn-card));
    --syn-focus: var(--p-focus-ring-color, #60a5fa);

    --syn-accent: var(--primary-background, #0b8ce9);
    --syn-accent-fill: color-mix(in oklab, var(--syn-accent) 84%, #000);
    --syn-accent-fill-hover: color-mix(in oklab, var(--syn-accent) 78%, #000);
    --syn-accent-text: color-mix(in srgb, var(--syn-accent) 45%, var(--syn-text));
    --syn-accent-tint: color-mix(in srgb, var(--syn-accent) 16%, transparent);

    --syn-good: var(--success-background, #2f9e5b);
    --syn-good-text: color-mix(in srgb, var(--syn-good) 45%, var(--syn-text));
    --syn-warn: var(--warning-background, #fd9903);
    --syn-warn-text: color-mix(in srgb, var(--syn-warn) 42%, var(--syn-text));
    --syn-warn-tint: color-mix(in srgb, var(--syn-warn) 14%, transparent);
    --syn-bad: var(--destructive-background, #b33a3a);
    --syn-bad-text: color-mix(in srgb, var(--syn-bad) 45%, var(--syn-text));
    --syn-bad-tint: color-mix(in srgb, var(--syn-bad) 16%, transparent);

    --syn-on-accent: #fff;
    --syn-shadow: 0 12px 32px rgb(0 0 0 / 35%);
    --syn-radius: 8px;
    --syn-move: 150ms;
  }

  @supports (color: oklch(from red l c h)) {
    :host {
      /* Middling colours go darker so that white reads on them; light ones stay and take black. */
      --syn-accent-fill: oklch(
        from var(--syn-accent) calc(l - 0.1 * clamp(0, (0.68 - l) * 1000, 1)) c h
      );
      --syn-accent-fill-hover: oklch(from var(--syn-accent-fill) calc(l - 0.04) c h);
      --syn-on-accent: oklch(from var(--syn-accent-fill) clamp(0.12, (0.57 - l) * 1000, 1) 0 0);
    }
  }

  @media (prefers-reduced-motion: reduce) {
    :host {
      --syn-move: 0ms;
    }
  }
`

/** Returns the colour of the socket that a kind of model feeds; people know it from the canvas. */
export function kindColour(kind: string): string {
  const [name, fallback] = SOCKETS[kind] ?? ['', 'var(--syn-muted)']
  return name === '' ? fallback : `var(--color-datatype-${name}, ${fallback})`
}

const MODEL = ['MODEL', '#b39ddb'] as const
const CLIP = ['CLIP', '#ffd500'] as const

const SOCKETS: Readonly<Record<string, readonly [string, string]>> = {
  checkpoint: MODEL,
  diffusion_model: MODEL,
  unet: MODEL,
  lora: MODEL,
  clip: CLIP,
  text_encoder: CLIP,
  embedding: ['CONDITIONING', '#ffa931'],
  vae: ['VAE', '#ff6e6e'],
  controlnet: ['CONTROL_NET', '#6ee7b7'],
  style_model: ['STYLE_MODEL', '#c2ffae'],
  clip_vision: ['CLIP_VISION', '#a8dadc'],
}
