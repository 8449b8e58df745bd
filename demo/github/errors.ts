const DOCS = "https://docs.github.com/rest";

interface ErrorDetail {
  resource: string;
  code: "missing" | "missing_field" | "invalid" | "already_exists" | "unprocessable" | "custom";
  field?: string;
  message?: string;
  value?: unknown;
}

/** An answer that GitHub gives as `{message, documentation_url, errors?}`. */
export class GitHubError extends Error {
  readonly status: number;
  readonly body: { message: string; errors?: (ErrorDetail | string)[] };
  readonly documentationUrl: string;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    message: string,
    options: { errors?: (ErrorDetail | string)[]; headers?: Record<string, string>; docs?: string } = {},
  ) {
    super(message);
    this.name = "GitHubError";
    this.status = status;
    this.body = options.errors ? { message, errors: options.errors } : { message };
    this.documentationUrl = options.docs ?? DOCS;
    this.headers = options.headers ?? {};
  }
}

export const notFound = (): GitHubError => new GitHubError(404, "Not Found");

export const invalid = (message: string): GitHubError => new GitHubError(422, message);

export const validationFailed = (...errors: ErrorDetail[]): GitHubError =>
  new GitHubError(422, "Validation Failed", { errors });

export const notAccessible = (): GitHubError => new GitHubError(403, "Resource not accessible by integration");

export const badCredentials = (): GitHubError => new GitHubError(401, "Bad credentials");

export const requiresAuthentication = (): GitHubError => new GitHubError(401, "Requires authentication");
