/** The error for something foreign in the place of a link or folder of ours. */
import { AppError } from '../../../schemas/errors.ts'

/** Returns the error for a path of a view, absolute. */
export function pathTaken(path: string): AppError {
  return new AppError('view.path_taken', `Another file is already at ${path}`, {
    hint: 'Move it away, or wait until no program writes to it; then repeat.',
  })
}
