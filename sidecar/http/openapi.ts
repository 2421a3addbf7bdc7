/** The OpenAPI 3.1 document, derived from the same table as the routes. */
import { ENDPOINTS, type EndpointId } from '../../schemas/endpoints.ts'
import { answeredCodes, type Endpoint } from '../../schemas/endpoints/endpoint.ts'
import { ERRORS } from '../../schemas/errors.ts'
import { componentsOf, fieldsOf, schemaOf, type Node } from './openapi-schemas.ts'
import {
  BODY_EXAMPLES,
  accessText,
  PARAMETER_EXAMPLES,
  parameterText,
  tagText,
} from './openapi-texts.ts'

function problemsOf(endpoint: Endpoint): Node {
  const byStatus = Map.groupBy(answeredCodes(endpoint), (code) => String(ERRORS[code].status))
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${ERRORS[code].title}.`).join('\n'),
        content: {
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        },
        'x-error-codes': codes,
      },
    ]),
  )
}

function parametersOf({ params, query }: Endpoint): Node[] {
  const asked = fieldsOf(query)
  const inPath = Object.entries(params).map(([name, schema]) => ({
    name,
    in: 'path',
    required: true,
    description: parameterText(name),
    schema: schemaOf(schema),
    example: PARAMETER_EXAMPLES[name],
  }))
  const inQuery = Object.entries(asked.properties ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: asked.required?.includes(name) ?? false,
    description: parameterText(name),
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

function bodyOf(id: string, { body }: Endpoint): Node {
  if (body === null) return {}
  const example = BODY_EXAMPLES[id as EndpointId]
  const content = { schema: schemaOf(body), ...(example === undefined ? {} : { example }) }
  const required = (fieldsOf(body).required ?? []).length > 0
  return { requestBody: { required, content: { 'application/json': content } } }
}

const tagOf = (id: string) => id.split('.')[0] ?? id

function operationOf(id: string, endpoint: Endpoint): Node {
  const { summary, access, status } = endpoint
  return {
    operationId: id,
    tags: [tagOf(id)],
    summary,
    description: `${summary}. ${accessText(access)}`,
    ...(access === 'open' ? { security: [] } : {}),
    parameters: parametersOf(endpoint),
    ...bodyOf(id, endpoint),
    responses: { [status]: answerOf(endpoint), ...problemsOf(endpoint) },
  }
}

const EVENTS = {
  get: {
    operationId: 'events',
    tags: ['events'],
    summary: 'Live events, as server-sent events; the event name is the type of the data',
    description:
      'Begins with what came after `Last-Event-ID`; where that is not known, with `resync`.',
    parameters: [
      {
        name: 'Last-Event-ID',
        in: 'header',
        required: false,
        description: 'Id of the last event that was seen.',
        schema: { type: 'string', maxLength: 200 },
        example: '01890a5d-17',
      },
    ],
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

function tagsOf(): Node[] {
  const names = new Set([...Object.keys(ENDPOINTS).map(tagOf), 'events'])
  return [...names].sort().map((name) => ({ name, description: tagText(name) }))
}

/** Returns the document for this version of the program; the same each time. */
export function openApiDocument(version: string): Node {
  const paths = pathsOf()
  return {
    openapi: '3.1.0',
    info: {
      title: 'Synapse',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description:
        'A name in a path may also stand behind `/-/` (`/api/packs/-/status`), where no word of ' +
        'the API hides it. What a DELETE takes as query may stand in a JSON body instead.',
    },
    servers: [{ url: 'http://127.0.0.1:8377', description: 'The service on this machine' }],
    security: [{ token: [] }],
    tags: tagsOf(),
    paths,
    components: {
      schemas: componentsOf(paths),
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: "The owner's token (`synapse token`), or that of a paired browser.",
        },
      },
    },
  }
}
