import { appRoutes } from "./apps.ts";
import { checkRoutes } from "./checks.ts";
import { commentRoutes } from "./comments.ts";
import { commitRoutes } from "./commits.ts";
import { contentRoutes } from "./contents.ts";
import { type Api, createApi } from "./context.ts";
import { gitDataRoutes } from "./git-data.ts";
import { gitHttpRoutes } from "./git-http.ts";
import { gitRefRoutes } from "./git-refs.ts";
import { graphqlRoutes } from "./graphql.ts";
import { deliveryRoutes } from "./hook-deliveries.ts";
import { apiMiddleware, installErrors } from "./http.ts";
import { issueRoutes } from "./issues.ts";
import { labelRoutes } from "./labels.ts";
import { pageRoutes } from "./pages.ts";
import { pullRoutes } from "./pulls.ts";
import { repositoryRoutes } from "./repositories.ts";
import { reviewRoutes } from "./reviews.ts";
import { searchRoutes } from "./search.ts";
import { userRoutes } from "./users.ts";
import type { World } from "./world.ts";

/** The order matters where one path could be read two ways: fixed words come before parameters. */
const AREAS = [
  appRoutes,
  deliveryRoutes,
  userRoutes,
  repositoryRoutes,
  checkRoutes,
  contentRoutes,
  commitRoutes,
  gitRefRoutes,
  gitDataRoutes,
  labelRoutes,
  commentRoutes,
  issueRoutes,
  searchRoutes,
  reviewRoutes,
  pullRoutes,
  graphqlRoutes,
  gitHttpRoutes,
];

/** Everything that this GitHub answers. */
export function createRoutes(world: World): Api {
  const api = createApi();
  installErrors(api, world);
  api.use("*", apiMiddleware(world));
  for (const area of AREAS) area(api, world);
  // Nothing below the API's own first words is a page: an unknown route must be GitHub's 404, not a repository named so.
  api.all("/repos/*", (c) => c.notFound());
  api.all("/app/*", (c) => c.notFound());
  pageRoutes(api, world);
  return api;
}
