/** The dashboard's look: calm, dense enough for a night shift, the same in light and dark. */
export const APP_CSS = `:root {
  color-scheme: light dark;
  --bg: #f6f7f9; --card: #fff; --ink: #17202e; --soft: #566173; --line: #dfe3ea; --code: #f0f2f6;
  --accent: #2f5bd3; --accent-ink: #fff; --focus: #2f5bd3;
  --ok: #0f7a45; --ok-bg: #e5f5ec; --work: #2450c4; --work-bg: #e8eefc;
  --person: #9a5300; --person-bg: #fdf0dc; --bad: #b3261e; --bad-bg: #fdeae8; --quiet: #566173; --quiet-bg: #eceff4;
  --shadow: 0 1px 2px rgb(16 24 40 / 6%), 0 1px 3px rgb(16 24 40 / 5%);
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #0f131a; --card: #171c25; --ink: #e6eaf1; --soft: #9aa6b8; --line: #2a3240; --code: #10151d;
    --accent: #6f97ff; --accent-ink: #0b1020; --focus: #9bb6ff;
    --ok: #5fd394; --ok-bg: #12291e; --work: #94b2ff; --work-bg: #172341;
    --person: #f2b865; --person-bg: #2f230f; --bad: #ff9389; --bad-bg: #351917; --quiet: #a5b0c2; --quiet-bg: #202734;
    --shadow: none;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--bg); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
h1, h2, h3, p, ul, ol, dl, pre { margin: 0; }
h1 { font-size: 1.45rem; line-height: 1.25; letter-spacing: -0.01em; }
h2 { font-size: 1.05rem; line-height: 1.35; }
h3 { font-size: 0.95rem; line-height: 1.4; }
a { color: var(--accent); text-underline-offset: 0.18em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
code, pre { font-family: var(--mono); font-size: 0.86em; }
code { overflow-wrap: anywhere; }
pre { background: var(--code); border: 1px solid var(--line); border-radius: 8px; padding: 0.7rem 0.85rem; overflow: auto; max-height: 24rem; line-height: 1.5; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 4px; }
main:focus { outline: none; }
.wrap { width: 100%; max-width: 78rem; margin: 0 auto; padding: 0 1.25rem; }
.narrow { max-width: 30rem; padding-top: 3rem; }
main.wrap { padding-top: 1.5rem; padding-bottom: 4rem; }
.skip { position: absolute; left: 0.75rem; top: -4rem; background: var(--card); padding: 0.5rem 0.9rem; border-radius: 6px; z-index: 2; }
.skip:focus { top: 0.5rem; }
.sr-only { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.muted { color: var(--soft); }
.small { font-size: 0.87rem; }
.nowrap { white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.clip { overflow-wrap: anywhere; }
.grow { flex: 1; }
.out { font-size: 0.8em; margin-left: 0.15em; }
.top { background: var(--card); border-bottom: 1px solid var(--line); }
.top .wrap { display: flex; align-items: center; gap: 0.4rem 0.9rem; min-height: 3.5rem; flex-wrap: wrap; }
.top nav a, .top .plain { padding: 0.4rem 0.3rem; }
.brand { display: inline-flex; align-items: center; gap: 0.6rem; font-weight: 650; color: var(--ink); text-decoration: none; padding: 0.3rem 0; }
.project { color: var(--soft); padding-left: 0.9rem; border-left: 1px solid var(--line); }
.pill { background: var(--person-bg); color: var(--person); font-size: 0.8rem; font-weight: 600; padding: 0.1rem 0.6rem; border-radius: 999px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.1rem 1.25rem; box-shadow: var(--shadow); }
.card > * + *, .card > [data-live] > * + *, .column > * + *, .stack > * + * { margin-top: 0.7rem; }
.column > * + * { margin-top: 1.1rem; }
.column > section:not(.card) > * + * { margin-top: 0.7rem; }
.columns { display: grid; gap: 1.5rem; grid-template-columns: minmax(0, 1fr); margin-top: 1.5rem; }
.column { min-width: 0; }
@media (min-width: 62rem) {
  .columns { grid-template-columns: minmax(0, 1fr) 21.5rem; gap: 2rem; }
  .columns.overview { grid-template-columns: minmax(0, 1fr) 18.5rem; gap: 1.6rem; }
}
.notice { background: var(--work-bg); color: var(--work); border-radius: 8px; padding: 0.6rem 0.9rem; margin-bottom: 1rem; }
.alert, .error-text { color: var(--bad); overflow-wrap: anywhere; }
.alert { background: var(--bad-bg); border-radius: 8px; padding: 0.5rem 0.8rem; }
.hero { display: flex; gap: 0.95rem; align-items: flex-start; border-radius: 14px; padding: 1.15rem 1.3rem; border: 1px solid transparent; }
.hero > div { min-width: 0; overflow-wrap: anywhere; }
.hero > div > * + * { margin-top: 0.3rem; }
.hero .mark { flex: none; width: 2rem; height: 2rem; font-size: 1.05rem; margin-top: 0.05rem; }
.hero .muted { color: inherit; opacity: 0.85; }
.hero h1, .answer { color: inherit; }
.answer { font-size: 1.25rem; letter-spacing: -0.01em; }
.hero p { color: var(--ink); }
.hero.tone-ok { background: var(--ok-bg); color: var(--ok); }
.hero.tone-work { background: var(--work-bg); color: var(--work); }
.hero.tone-person { background: var(--person-bg); color: var(--person); }
.hero.tone-quiet { background: var(--quiet-bg); color: var(--quiet); }
.next { font-weight: 600; }
.mark { display: inline-grid; place-items: center; width: 1.15rem; height: 1.15rem; border-radius: 50%; font-size: 0.72rem; font-weight: 800; line-height: 1; color: var(--card); background: currentcolor; }
.mark.tone-ok { background: var(--ok); } .mark.tone-work { background: var(--work); } .mark.tone-person { background: var(--person); } .mark.tone-quiet { background: var(--quiet); }
.badge { display: inline-flex; align-items: center; gap: 0.4rem; font-size: 0.84rem; font-weight: 600; padding: 0.14rem 0.6rem 0.14rem 0.35rem; border-radius: 999px; white-space: nowrap; }
.badge.tone-ok { color: var(--ok); background: var(--ok-bg); }
.badge.tone-work { color: var(--work); background: var(--work-bg); }
.badge.tone-person { color: var(--person); background: var(--person-bg); }
.badge.tone-bad { color: var(--bad); background: var(--bad-bg); }
.badge.tone-quiet { color: var(--quiet); background: var(--quiet-bg); }
.run .badge, .commands .badge { padding: 0.12rem 0.6rem; }
.commands .badge { white-space: normal; border-radius: 8px; }
.priority { font-weight: 700; font-size: 0.84rem; font-variant-numeric: tabular-nums; padding: 0.1rem 0.45rem; border-radius: 6px; border: 1px solid var(--line); }
.priority.p0 { background: var(--bad); border-color: var(--bad); color: var(--card); }
.priority.p1 { color: var(--bad); border-color: currentcolor; }
.priority.p2 { color: var(--person); border-color: currentcolor; }
.priority.p3 { color: var(--soft); }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-size: 0.8rem; font-weight: 600; color: var(--soft); padding: 0.35rem 0.7rem; }
th.number { text-align: right; }
td { padding: 0.7rem; vertical-align: top; border-top: 1px solid var(--line); }
.incidents { background: var(--card); border: 1px solid var(--line); border-radius: 12px; border-spacing: 0; border-collapse: separate; box-shadow: var(--shadow); }
.incidents th { padding-top: 0.7rem; padding-bottom: 0.55rem; }
.incidents th:first-child, .incidents td:first-child { padding-left: 1.1rem; }
.cell-title { width: 100%; overflow-wrap: anywhere; }
.cell-title a { font-weight: 600; display: block; color: var(--ink); text-decoration: none; }
.cell-title a:hover { text-decoration: underline; }
.links { display: flex; flex-wrap: wrap; gap: 0.15rem 0.8rem; }
td .links { flex-direction: column; white-space: nowrap; font-size: 0.93rem; }
.plain-links { list-style: none; padding: 0; } .hero .plain-links { margin-top: 0.5rem; }
.plain-links a { color: var(--ink); font-weight: 600; }
.pages { display: flex; gap: 1rem; }
.pages:not(:has(a)) { display: none; }
button { font: inherit; font-weight: 600; padding: 0.45rem 0.95rem; min-height: 2.4rem; border-radius: 8px; border: 1px solid var(--line); background: var(--card); color: var(--ink); cursor: pointer; }
button:hover { border-color: var(--soft); }
button.primary { background: var(--accent); color: var(--accent-ink); border-color: var(--accent); }
button.danger { color: var(--bad); border-color: currentcolor; }
button.danger:hover { background: var(--bad-bg); }
button.plain { border: 0; background: none; color: var(--accent); font-weight: 400; min-height: 0; }
button[aria-disabled] { opacity: 0.6; cursor: progress; }
label { display: block; font-weight: 600; font-size: 0.9rem; }
input:not([type="hidden"]) { font: inherit; width: 100%; padding: 0.5rem 0.7rem; min-height: 2.4rem; border-radius: 8px; border: 1px solid var(--soft); background: var(--bg); color: var(--ink); }
input[type="checkbox"]:not([type="hidden"]) { width: 1.15rem; min-height: 0; height: 1.15rem; padding: 0; margin: 0 0.4rem 0 0; vertical-align: -0.2rem; }
.stack > label + input { margin-top: 0.3rem; }
.card.stopped { border-color: var(--person); background: var(--person-bg); }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.3rem 1.1rem; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.scenarios, .plain-list, .reasons { list-style: none; padding: 0; }
.scenarios > li + li, .plain-list > li + li { margin-top: 0.8rem; padding-top: 0.8rem; border-top: 1px solid var(--line); }
.scenarios button { width: 100%; text-align: left; }
.scenarios p { margin-top: 0.3rem; }
.plain-list form { margin-top: 0.4rem; }
.reasons li { padding-left: 0.9rem; border-left: 3px solid var(--line); }
.reasons li + li { margin-top: 0.35rem; }
.crumbs { color: var(--soft); font-size: 0.9rem; }
.title { overflow-wrap: anywhere; margin: 0.25rem 0 0.5rem; }
.meta { display: flex; flex-wrap: wrap; gap: 0.35rem 0.6rem; align-items: center; margin-bottom: 1rem; }
.steps { list-style: none; padding: 0; margin: 1.4rem 0 0; display: grid; grid-template-columns: repeat(7, minmax(0, 1fr)); }
.step { position: relative; text-align: center; padding: 0 0.25rem; display: flex; flex-direction: column; align-items: center; gap: 0.15rem; }
.step::before { content: ""; position: absolute; top: 0.85rem; right: 50%; width: 100%; height: 2px; background: var(--line); }
.step:first-child::before { display: none; }
.step.done::before, .step.current::before, .step.stopped::before { background: var(--ok); }
.dot { position: relative; z-index: 1; display: grid; place-items: center; width: 1.75rem; height: 1.75rem; border-radius: 50%; border: 2px solid var(--line); background: var(--bg); font-weight: 800; font-size: 0.85rem; }
.done .dot { background: var(--ok); border-color: var(--ok); color: var(--card); }
.current .dot { border-color: var(--work); color: var(--work); background: var(--work-bg); }
.stopped .dot { border-color: var(--person); color: var(--person); background: var(--person-bg); }
.step-name { font-weight: 600; }
.todo .step-name { color: var(--soft); font-weight: 400; }
.elsewhere ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0.4rem 0.5rem; }
.elsewhere a, .elsewhere li > span { display: inline-block; padding: 0.3rem 0.75rem; border: 1px solid var(--line); border-radius: 999px; background: var(--card); text-decoration: none; font-size: 0.9rem; }
.elsewhere a:hover { border-color: var(--accent); }
.bars > * + * { margin-top: 0.35rem; }
.bar { display: grid; grid-template-columns: 5rem minmax(0, 1fr) 3rem; align-items: center; gap: 0.7rem; }
.bar span { color: var(--soft); }
.bar strong { text-align: right; font-variant-numeric: tabular-nums; }
.bar svg { display: block; width: 100%; height: 0.8rem; border-radius: 4px; }
.bar rect { fill: var(--soft); } .bar rect.bar-track { fill: var(--quiet-bg); }
.bar-ok rect { fill: var(--ok); } .bar-seen rect { fill: var(--bad); }
.suspects { padding-left: 1.3rem; } .suspects li + li { margin-top: 0.5rem; }
.commands { table-layout: fixed; } .commands th:nth-child(2) { width: 10rem; } .commands th:nth-child(3) { width: 6.5rem; }
.commands td, .commands th { padding-left: 0; }
.commands td:last-child, .commands th:last-child { padding-right: 0; }
summary { cursor: pointer; padding: 0.2rem 0; width: fit-content; max-width: 100%; }
details > pre { margin-top: 0.4rem; }
.diff { padding: 0.7rem 0; } .diff span { display: block; padding: 0 0.85rem; min-width: max-content; white-space: pre; }
.d-add { background: var(--ok-bg); color: var(--ok); } .d-del { background: var(--bad-bg); color: var(--bad); }
.d-head, .d-hunk { color: var(--soft); }
.excerpt { padding: 0.7rem 0; } .excerpt span { display: block; padding: 0 0.85rem; min-width: max-content; white-space: pre; }
.lead { font-weight: 600; }
.folds > details { border-top: 1px solid var(--line); padding-top: 0.5rem; } .folds > details + details { margin-top: 0.5rem; }
.fold { padding: 0.4rem 0 0.3rem; overflow-wrap: anywhere; } .fold > * + * { margin-top: 0.5rem; }
.reasons .reasons, .plain-list .reasons { margin-top: 0.4rem; }
blockquote { margin: 0.4rem 0; padding: 0.1rem 0 0.1rem 0.9rem; border-left: 3px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; }
.badge.plain { padding: 0.12rem 0.6rem; }
.timeline { list-style: none; padding: 0; }
.entry { position: relative; padding: 0 0 1.1rem 1.35rem; border-left: 2px solid var(--line); margin-left: 0.35rem; overflow-wrap: anywhere; }
.entry:last-child { border-left-color: transparent; padding-bottom: 0; }
.entry::before { content: ""; position: absolute; left: -0.45rem; top: 0.42rem; width: 0.75rem; height: 0.75rem; border-radius: 50%; background: var(--bg); border: 2px solid var(--soft); }
.entry.kind-ok::before { background: var(--ok); border-color: var(--ok); }
.entry.kind-bad::before { background: var(--bad); border-color: var(--bad); border-radius: 2px; }
.entry.kind-person::before { background: var(--person); border-color: var(--person); }
.entry.kind-held::before { border-style: dashed; }
.entry-head strong::first-letter { text-transform: uppercase; }
.entry-head { line-height: 1.4; }
.entry-head strong { display: inline-block; }
.entry-head .muted { display: block; }
@keyframes arrive { from { background: var(--work-bg); } to { background: transparent; } }
@media (prefers-reduced-motion: no-preference) { .entry.fresh { animation: arrive 2.5s ease-out; } }
@media (min-width: 62rem) { .side > section:only-child { position: sticky; top: 1rem; max-height: calc(100vh - 2rem); overflow: auto; padding: 0.2rem 0.4rem 0.2rem 0.2rem; } }
@media (max-width: 46rem) {
  body { font-size: 16px; }
  .wrap { padding: 0 0.9rem; }
  main.wrap { padding-top: 1rem; }
  .project, .top nav { display: none; }
  .incidents td { font-size: 0.95rem; } .incidents td.empty { display: none !important; }
  .incidents thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .incidents, .incidents tbody, .incidents tr, .incidents td { display: block; width: 100%; }
  .incidents { background: none; border: 0; box-shadow: none; }
  .incidents tr { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 0.85rem 1rem; display: flex; flex-wrap: wrap; gap: 0.35rem 1.2rem; align-items: baseline; }
  .incidents tr + tr { margin-top: 0.7rem; }
  .incidents td, .incidents td:first-child { padding: 0; border: 0; width: auto; text-align: left; }
  .incidents .cell-title { width: 100%; order: -1; }
  .incidents td[data-label]::before { content: attr(data-label) " "; color: var(--soft); font-size: 0.85rem; }
  td .links { display: inline-flex; flex-direction: row; white-space: normal; }
  .facts { grid-template-columns: minmax(0, 5.2rem) minmax(0, 1fr); }
  .commands thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .commands, .commands tbody { display: block; }
  .commands tr { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0.3rem 1rem; padding: 0.6rem 0; border-top: 1px solid var(--line); }
  .commands td { padding: 0; border: 0; } .commands td:first-child { width: 100%; }
  .steps { grid-template-columns: minmax(0, 1fr); gap: 0.5rem; }
  .step { flex-direction: row; text-align: left; gap: 0.7rem; padding: 0; }
  .step br { display: none; } .step .small time { margin-left: 0.4rem; }
  .step::before { top: -0.6rem; left: 0.8rem; right: auto; width: 2px; height: 0.7rem; }
  .hero { padding: 0.95rem 1rem; }
}
@media (forced-colors: active) { .mark, .dot, .entry::before { border: 2px solid CanvasText; } }
`;
