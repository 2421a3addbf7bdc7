/** Scheduled jobs of a service: one row each. */
import { join } from 'node:path'
import type { Services } from '../services.ts'
import { cleanJob } from './kinds/clean.ts'
import { LastRuns } from './last-runs.ts'
import { Scheduler, type ScheduledJob } from './scheduler.ts'

function isWhole({ store: { reader } }: Services): boolean {
  return reader.initialized && reader.parts.look().offline.length === 0
}

/** Returns the rows of the schedule. */
function scheduledJobs(services: Services): readonly ScheduledJob[] {
  return [
    {
      id: 'clean',
      when: '17 4 * * *',
      enabled: () => isWhole(services),
      start: () => services.jobs.start(cleanJob(services)),
    },
  ]
}

/** Opens the scheduler of a service; its first check is a minute later. */
export function openScheduler(services: Services): Scheduler {
  const { clock, log, store } = services
  const file = new LastRuns(join(store.paths.jobs, 'schedule.json'))
  return new Scheduler({ rows: scheduledJobs(services), file, clock, log })
}
