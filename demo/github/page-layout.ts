import { html, raw } from "hono/html";
import type { DiffFile } from "./git-diff.ts";

export type Html = ReturnType<typeof html>;

const STYLE = `
:root{color-scheme:light dark;--fg:#1f2328;--dim:#59636e;--bg:#fff;--soft:#f6f8fa;--line:#d1d9e0;--link:#0757ba;--add:#dafbe1;--del:#ffebe9;--open:#1a7f37;--closed:#8250df;--draft:#59636e}
@media (prefers-color-scheme:dark){:root{--fg:#e6edf3;--dim:#9198a1;--bg:#0d1117;--soft:#151b23;--line:#3d444d;--link:#6cb0ff;--add:#12391f;--del:#4a1d20;--open:#3fb950;--closed:#ab7df8;--draft:#9198a1}}
*{box-sizing:border-box}body{margin:0;font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg)}
header,main{max-width:1000px;margin:0 auto;padding:12px 16px}header{color:var(--dim);border-bottom:1px solid var(--line)}
a{color:var(--link)}h1{font-size:1.5rem;margin:.4em 0;overflow-wrap:anywhere}h2{font-size:1.15rem}code,pre,.sha{font:13px/1.45 ui-monospace,monospace}
pre{overflow-x:auto;background:var(--soft);padding:10px;border-radius:6px}table{border-collapse:collapse}th,td{border:1px solid var(--line);padding:4px 10px;text-align:left}
.state{display:inline-block;color:var(--bg);background:var(--open);border-radius:2em;padding:2px 12px;font-weight:600}.state.closed,.state.merged{background:var(--closed)}.state.draft{background:var(--draft)}
.label{border:1px solid var(--line);border-radius:2em;padding:1px 9px;font-size:13px}.dim{color:var(--dim)}
.box{border:1px solid var(--line);border-radius:6px;margin:14px 0;overflow:hidden}.box>.head{background:var(--soft);padding:6px 12px;border-bottom:1px solid var(--line);overflow-wrap:anywhere}.box>.body{padding:4px 14px;overflow-wrap:anywhere}
.diff{overflow-x:auto;padding:0;margin:0;background:none;border-radius:0}.diff span{display:block;padding:0 12px;white-space:pre;min-width:max-content}.diff .add{background:var(--add)}.diff .del{background:var(--del)}.diff .hunk{color:var(--dim);background:var(--soft)}
ul.plain{list-style:none;padding:0}blockquote{border-left:4px solid var(--line);margin:0;padding-left:12px;color:var(--dim)}`;

/** A whole page. `repository` is owner/name; everything given as text is escaped. */
export function layout(title: string, repository: string, content: Html | Html[]): Html {
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${repository} · demo GitHub</title><style>${raw(STYLE)}</style></head>
<body><header>Demo GitHub (not github.com) · <a href="/${repository}">${repository}</a></header><main>${content}</main></body></html>`;
}

const lineClass = (line: string): string =>
  line.startsWith("+") ? "add" : line.startsWith("-") ? "del" : line.startsWith("@@") ? "hunk" : "ctx";

function fileBox(file: DiffFile): Html {
  const name = file.previousFilename === null ? file.filename : `${file.previousFilename} → ${file.filename}`;
  const body =
    file.patch === null
      ? html`<div class="body dim">No text to show.</div>`
      : html`<pre class="diff" tabindex="0">${file.patch.split("\n").map((line) => html`<span class="${lineClass(line)}">${line}</span>`)}</pre>`;
  return html`<section class="box"><div class="head"><code>${name}</code> <span class="dim">${file.status} · +${String(file.additions)} −${String(file.deletions)}</span></div>${body}</section>`;
}

export function filesSection(files: DiffFile[]): Html {
  return html`<h2>${String(files.length)} changed ${files.length === 1 ? "file" : "files"}</h2>${files.map(fileBox)}`;
}
