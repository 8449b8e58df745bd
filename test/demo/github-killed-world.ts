/** A world in a process of its own, to be killed: prints its URL and then merges pull requests until it dies. */
import { startDemoGitHub } from "../../demo/github/index.ts";

const [dir = "", webhookUrl = ""] = process.argv.slice(2);
const github = await startDemoGitHub({
  dir,
  app: { id: 7, slug: "killed", webhookSecret: "s", webhookUrl },
});
await github.createRepository({ owner: "acme", name: "shop" });
await github.seed("acme/shop", { "a.txt": "a\n" }, "Start");
github.addUser({ login: "maria", permission: "admin" });
const maria = github.person("maria");
process.stdout.write(`${github.url}\n`);
for (let i = github.issues().length + github.pulls().length; ; i += 1) {
  await maria.openIssue(`issue ${i}`);
  await maria.push({ [`file-${i}.txt`]: `${i}\n` }, `Change ${i}`, `branch-${i}`);
  await maria.merge(await maria.openPullRequest({ title: `Change ${i}`, head: `branch-${i}` }));
}
