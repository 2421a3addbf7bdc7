/** The OpenAPI 3.1 document, made from the table that the routes are made from. */
import { toJsonSchema, type ConversionConfig, type JsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import { ENDPOINTS } from '../../schemas/endpoints.ts'
import { answeredCodes, type Endpoint } from '../../schemas/endpoints/endpoint.ts'
import { ERRORS } from '../../schemas/errors.ts'
import { AppEvent, Job, Problem } from '../../schemas/jobs.ts'
import { SwitchResult, UiStatus } from '../../schemas/profile.ts'

type Node = Readonly<Record<string, unknown>>

const DEFINITIONS = { AppEvent, Job, Problem, SwitchResult, UiStatus }

/** Rules that JSON Schema has no words for; the service checks them all the same. */
const LEFT_OUT: string[] = ['raw_check', 'check']

const CONVERSION: ConversionConfig = {
  target: 'draft-2020-12',
  // Defaults are filled in when a request is read: what a caller may leave out is optional.
  typeMode: 'input',
  errorMode: 'ignore',
  ignoreActions: LEFT_OUT,
  definitions: DEFINITIONS,
  overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  // Patterns are ECMAScript's with the flag u, which is what JSON Schema means anyway.
  overrideAction: ({ valibotAction, jsonSchema }) =>
    valibotAction.type === 'regex' && 'requirement' in valibotAction
      ? { ...jsonSchema, pattern: (valibotAction.requirement as RegExp).source }
      : undefined,
}

function schemaOf(schema: v.GenericSchema): JsonSchema {
  const { $schema: _dialect, $defs: _definitions, ...rest } = toJsonSchema(schema, CONVERSION)
  return rest
}

function componentOf(schema: v.GenericSchema): Node {
  const others = Object.entries(DEFINITIONS).filter(([, held]) => held !== schema)
  const definitions = Object.fromEntries(others)
  const {
    $schema: _dialect,
    $defs: _definitions,
    ...rest
  } = toJsonSchema(schema, {
    ...CONVERSION,
    definitions,
  })
  return rest
}

function problemsOf(endpoint: Endpoint): Node {
  const byStatus = Map.groupBy(answeredCodes(endpoint), (code) => String(ERRORS[code].status))
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${ERRORS[code].title}.`).join('\n'),
        content: {
          'application/problem+json': {
            schema: {
              allOf: [
                { $ref: '#/components/schemas/Problem' },
                { type: 'object', properties: { code: { enum: codes } } },
              ],
            },
          },
        },
      },
    ]),
  )
}

function parametersOf({ params, query }: Endpoint): Node[] {
  const asked = schemaOf(query)
  const inPath = Object.entries(params).map(([name, schema]) => ({
    name,
    in: 'path',
    required: true,
    schema: schemaOf(schema),
  }))
  const inQuery = Object.entries(asked.properties ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: asked.required?.includes(name) ?? false,
    schema,
  }))
  return [...inPath, ...inQuery]
}

function jobText(jobErrors: Endpoint['jobErrors']): string {
  const codes = jobErrors.map((code) => `\`${code}\``)
  const ends = codes.length === 0 ? '' : `, which may end with ${codes.join(', ')}`
  return `The job that does the work${ends}`
}

function answerOf({ status, answer, jobErrors }: Endpoint): Node {
  const location = {
    Location: { description: 'Address of the job', schema: { type: 'string' } },
  }
  return {
    description: status === 202 ? jobText(jobErrors) : 'Done',
    content: { 'application/json': { schema: schemaOf(answer) } },
    ...(status === 202 ? { headers: location } : {}),
  }
}

function securityOf({ door }: Endpoint): Node {
  if (door === 'open') return { security: [] }
  return door === 'owner' ? { description: 'For the owner only.' } : {}
}

function operationOf(id: string, endpoint: Endpoint): Node {
  const schema = endpoint.body && schemaOf(endpoint.body)
  const body = schema && {
    required: (schema.required ?? []).length > 0,
    content: { 'application/json': { schema } },
  }
  return {
    operationId: id,
    tags: [id.split('.')[0]],
    summary: endpoint.summary,
    ...securityOf(endpoint),
    parameters: parametersOf(endpoint),
    ...(body ? { requestBody: body } : {}),
    responses: { [endpoint.status]: answerOf(endpoint), ...problemsOf(endpoint) },
  }
}

const EVENTS = {
  get: {
    operationId: 'events',
    tags: ['events'],
    summary: 'What happens, as server-sent events; the event name is the type of the data',
    description:
      'Begins with what came after `Last-Event-ID`; where that is not known, with `resync`.',
    parameters: [{ name: 'Last-Event-ID', in: 'header', schema: { type: 'string' } }],
    responses: {
      200: {
        description: 'A stream that ends with the session or the service',
        content: { 'text/event-stream': { schema: { $ref: '#/components/schemas/AppEvent' } } },
      },
      ...problemsOf({ ...ENDPOINTS['jobs.list'], errors: [] }),
    },
  },
}

function pathsOf(): Record<string, Node> {
  const paths: Record<string, Node> = { '/api/events': EVENTS }
  for (const [id, endpoint] of Object.entries(ENDPOINTS) as [string, Endpoint][]) {
    const operation = { [endpoint.method.toLowerCase()]: operationOf(id, endpoint) }
    paths[endpoint.path] = { ...paths[endpoint.path], ...operation }
  }
  return paths
}

/** The document for this version of the program. */
export function openApiDocument(version: string): Node {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Synapse',
      version,
      description:
        'A name in a path may also stand behind `/-/` (`/api/packs/-/status`), where no word of ' +
        'the API hides it. What a DELETE takes as query may stand in a JSON body instead.',
    },
    servers: [{ url: 'http://127.0.0.1:8377' }],
    security: [{ token: [] }],
    paths: pathsOf(),
    components: {
      schemas: Object.fromEntries(
        Object.entries(DEFINITIONS).map(([name, schema]) => [name, componentOf(schema)]),
      ),
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  }
}
