/** The error where something of somebody's stands in the place of something of ours. */
import { AppError } from '../../../schemas/errors.ts'

/** Returns the error for a path of a view, absolute. */
export function pathTaken(path: string): AppError {
  return new AppError('view.path_taken', `${path} is taken by a file of somebody else`, {
    hint: 'Move it away, or wait until it is written to no more; then repeat.',
  })
}
