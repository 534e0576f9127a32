/** What an OpenAPI document is made of, as far as it is made here. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A JSON schema, or any object within one. */
export interface JsonObject {
  readonly [name: string]: Json;
}

export interface Media {
  readonly schema: JsonObject;
}

export interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, JsonObject>>;
  readonly content?: Readonly<Record<string, Media>>;
}

export interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly JsonObject[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, Media>> };
  /** By status. */
  readonly responses: Readonly<Record<string, Answer>>;
  readonly security?: readonly JsonObject[];
}

/** Operations by their paths and methods. */
export type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

export interface ApiDocument {
  readonly openapi: string;
  readonly info: JsonObject;
  readonly paths: Paths;
  readonly components: JsonObject;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
