import type { ModelProvider } from "../../llm/model.ts";
import type { Fetch } from "../http.ts";

export interface ModelConfig {
  provider: ModelProvider;
  /** The provider's own name of the model. */
  model: string;
  /** null for an endpoint that asks for none. */
  apiKey: string | null;
  /** With its version path, such as `https://api.anthropic.com/v1`; null: the provider's own. */
  baseUrl: string | null;
  fetch?: Fetch;
}
