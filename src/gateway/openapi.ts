import type { Gear } from '../core/gear.ts'
import { JSON_SCHEMA } from '../core/schema.ts'

/** OpenAPI 3.1 of every action, from the table that the dispatcher reads: the document cannot drift from the server. */
export function openapi(gears: readonly Gear[]): unknown {
  const operations = gears.flatMap((gear) =>
    Object.entries(gear.actions).map(([name, action]) => [
      `/${name.replaceAll(':', '/')}`,
      {
        post: {
          operationId: name,
          summary: action.summary,
          tags: [gear.name],
          security: action.access === 'anyone' ? [] : [{ apiKey: [] }, { accessToken: [] }],
          requestBody: {
            content: {
              'application/json': { schema: action.input['~standard'].jsonSchema.input(JSON_SCHEMA) },
            },
          },
          responses: {
            200: {
              description: 'Done.',
              content: {
                'application/json': {
                  schema: envelope(action.output['~standard'].jsonSchema.input(JSON_SCHEMA)),
                },
              },
            },
            default: { description: 'Refused.', content: { 'application/json': { schema: REFUSAL } } },
          },
        },
      },
    ]),
  )
  return {
    openapi: '3.1.0',
    info: { title: 'Skygear', version: '1' },
    paths: Object.fromEntries(operations),
    components: {
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-Skygear-API-Key' },
        accessToken: { type: 'apiKey', in: 'header', name: 'X-Skygear-Access-Token' },
      },
    },
  }
}

const envelope = (result: unknown) => ({
  type: 'object',
  properties: { result, info: { type: 'object' } },
})

/** The error object of v1 protocol, section 3.1. */
const REFUSAL = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['name', 'code', 'message'],
      properties: {
        name: { type: 'string' },
        code: { type: 'integer' },
        message: { type: 'string' },
        info: { type: 'object' },
      },
    },
  },
}
