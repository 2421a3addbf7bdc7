/** What is in quarantine, for answers of the command. */

/** An entry. */
export const QUARANTINED = {
  id: '01936f2e-7a10-7000-8000-71d0aa52c3be',
  name: 'mine.safetensors',
  kind: 'file' as const,
  from: 'data/views/comfyui/profiles/global/models/loras/mine.safetensors',
  at: '2026-11-21T14:00:00.000Z',
  files: 1,
  size_bytes: 1000,
  path: 'data/quarantine/01936f2e-7a10-7000-8000-71d0aa52c3be/mine.safetensors',
}
