/** Long work that goes on or has ended lately. */
import { createContext } from '@lit/context'
import type { Job } from '../data/jobs.ts'

/** The newest jobs, as far as they are known. */
export const jobsContext = createContext<readonly Job[]>(Symbol('jobs'))
