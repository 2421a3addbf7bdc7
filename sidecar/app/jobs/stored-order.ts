/** An import request as stored in its job. */
import * as v from 'valibot'
import { ImportRequest } from '../../../schemas/imports.ts'

/** The request of the job; `within` where a paired browser asked. */
export const StoredOrder = v.strictObject({
  ...ImportRequest.entries,
  within: v.exactOptional(v.array(v.string())),
})
