import { z } from 'zod'

/** One value of a chart that matters to most people, as a form asks for it. All others are in the chart, and in the YAML beside. */
export const FormField = z.strictObject({
  /** In the chart's values. */
  path: z.string().regex(/^[A-Za-z]\w*(\.[A-Za-z]\w*)*$/, 'must be keys with dots between them'),
  title: z.string(),
  type: z.enum(['integer', 'number', 'boolean', 'text']),
  /** What most people choose from; the chart may take more. */
  choices: z.array(z.string()).optional(),
  /** The chart's own; missing where it has none, or an empty one. */
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  /** A sentence. */
  description: z.string(),
  /** For a setting that is several: values that are set with it when it is turned on. */
  also: z.record(z.string(), z.json()).optional(),
})

export type FormField = z.infer<typeof FormField>
