"""The fixed parts of an HTML key: its style, and the small script that adds the copy buttons."""

STYLE = """
:root {
  color-scheme: light dark;
  --ink: #1d1c1a; --soft: #5f5b53; --paper: #fdfcf9; --rule: #dcd7cc; --tint: #f4f0e6; --accent: #7a3b12;
  --box: #fbf3df; --edge: #c9a24a;
  --curve0: #a2481a; --curve1: #1f5f8b; --curve2: #3a7a3a; --curve3: #7c3a86;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e8e4da; --soft: #a39d90; --paper: #191817; --rule: #3a3733; --tint: #232120; --accent: #e0a873;
    --box: #2d2618; --edge: #a07f35;
    --curve0: #e59a5e; --curve1: #74b4e0; --curve2: #8cc98a; --curve3: #cf9bd6;
  }
}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%; }
body {
  max-width: 58rem; margin: 0 auto; padding: 2.5rem 1.25rem 2rem;
  font: 1.0625rem/1.6 "Latin Modern Roman", "STIX Two Text", "Iowan Old Style", Palatino, Charter, Georgia, serif;
  overflow-wrap: break-word;
}
math { font-family: "Latin Modern Math", "STIX Two Math", "Cambria Math", math; font-size: 1.06em; }
h1 { font-size: 1.9rem; line-height: 1.2; font-weight: 600; margin: 0 0 .3rem; text-wrap: balance; }
h2 { font-size: 1.2rem; line-height: 1.4; font-weight: 600; margin: 0 0 .5rem; }
h3 { font-size: 1.0625rem; line-height: 1.4; font-weight: 600; margin: 1.4rem 0 .3rem; }
.part { color: var(--accent); margin-right: .35em; }
p { margin: .6rem 0; }
nav { border-block: 1px solid var(--rule); padding: .7rem 0; margin: 1.4rem 0 0; font-size: .95rem; }
nav ol { list-style: none; margin: 0; padding: 0; columns: 17rem; column-gap: 2rem; }
nav li { padding: .1rem 0 .1rem 2.2em; text-indent: -2.2em; break-inside: avoid; }
nav li * { text-indent: 0; }
a { color: inherit; text-decoration-color: var(--rule); text-underline-offset: .2em; }
a:hover { color: var(--accent); }
section { margin: 2.4rem 0 0; }
.lead { font-style: italic; color: var(--accent); }
.given, .checked { color: var(--soft); font-size: .97rem; }
.given math, .checked math { color: var(--ink); }
.checked { border-left: 3px solid var(--rule); padding-left: .8rem; }
.scroll { overflow: auto hidden; margin: .8rem 0; padding: .1rem 0; scrollbar-width: thin; }
.scroll:focus-visible { outline: 2px solid var(--edge); outline-offset: 2px; }
.steps, .steps tbody { display: grid; grid-template-columns: max-content max-content; }
.steps { justify-content: start; }
.steps tbody, .steps tr { grid-column: 1 / -1; }
.steps tr { display: grid; grid-template-columns: subgrid; align-items: baseline; }
.steps td { display: block; padding: .38rem 0; }
.steps .left { text-align: right; padding-left: .7rem; }
.steps .right { padding: .38rem .7rem .38rem .35rem; }
.steps .reason { color: var(--soft); font-size: .95rem; line-height: 1.4; }
.steps .reason {  /* below its formula, in sight however far the formula is scrolled */
  grid-column: 1 / -1; position: sticky; left: 0; width: 0; min-width: min(calc(100vw - 2rem), 44rem);
  padding: .15rem 0 .9rem .7rem;
}
.steps .reason:empty { padding: 0; }
.below .reason:not(:empty) { padding-left: 2.2rem; }
.steps .reason math { color: var(--ink); }
mtd[columnalign="left"] { text-align: left; }
.steps math { display: inline math; white-space: nowrap; }
.more { padding: .3rem 0 0 2.2rem; }
.aside .left, .aside .right { font-size: .9em; opacity: .85; }
.aside .left { padding-left: 2rem; }
.aside .reason { font-style: italic; }
.boxed td { border: 0 solid var(--edge); }
.boxed .left, .boxed .right { background: var(--box); border-block-width: 1.5px; align-self: stretch; }
.boxed .left { border-left-width: 1.5px; border-radius: 6px 0 0 6px; }
.boxed .right { border-right-width: 1.5px; border-radius: 0 6px 6px 0; }
@media (min-width: 46rem), print {
  .steps:not(.below) { display: table; border-spacing: 0; }
  .steps:not(.below) tbody { display: table-row-group; }
  .steps:not(.below) tr { display: table-row; }
  .steps:not(.below) td { display: table-cell; vertical-align: baseline; }
  .steps:not(.below) .reason { position: relative; width: auto; min-width: 11rem; padding: .38rem 0 .38rem 1.3rem; }
}
.display { position: relative; text-align: center; margin: .3rem 0; }
.display .copy { position: absolute; right: 0; top: calc(50% - .6rem); }
.display math { margin: .2rem 0; }
.grid { border-collapse: collapse; font-size: .97rem; }
.grid caption { caption-side: bottom; color: var(--soft); font-size: .93rem; padding-top: .5rem; text-align: left; }
.grid th, .grid td { padding: .35rem .9rem; text-align: left; border-bottom: 1px solid var(--rule); }
.grid thead th { border-block: 1.5px solid var(--soft); font-weight: 600; }
.grid tbody tr:last-child td { border-bottom: 1.5px solid var(--soft); }
.plot { margin: 1rem 0; max-width: 44rem; }
.plot .picture { display: block; width: 100%; height: auto; }
.plot text { fill: var(--ink); font-size: 14px; }
.plot .mark { fill: var(--soft); font-size: 12px; }
.plot .middle { text-anchor: middle; }
.plot .end { text-anchor: end; }
.plot .net { stroke: var(--rule); stroke-width: 1; fill: none; }
.plot .axis { stroke: var(--soft); stroke-width: 1.5; fill: none; }
.plot .way { fill: none; stroke-width: 1.8; opacity: .75; }
.curve0 { fill: var(--curve0); stroke: var(--curve0); }
.curve1 { fill: var(--curve1); stroke: var(--curve1); }
.curve2 { fill: var(--curve2); stroke: var(--curve2); }
.curve3 { fill: var(--curve3); stroke: var(--curve3); }
.plot .legend { list-style: none; margin: .3rem 0; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.6rem; }
.plot .sample { width: 30px; height: 12px; margin-right: .5em; }
.plot figcaption, .plot details { color: var(--soft); font-size: .93rem; }
.graph { margin: 1rem 0; }
.graph svg { display: block; }
.graph figcaption { color: var(--soft); font-size: .93rem; }
.graph .node { fill: var(--tint); stroke: var(--soft); stroke-width: 1; }
.graph .edge { fill: none; stroke: var(--soft); stroke-width: 1.2; }
.graph .head { fill: var(--soft); }
.graph .node.marked { fill: var(--box); stroke: var(--edge); stroke-width: 2; }
.graph .edge.marked { stroke: var(--accent); stroke-width: 2.6; }
.graph .head.marked { fill: var(--accent); }
.graph foreignObject div { height: 100%; display: flex; align-items: center; justify-content: center; line-height: 1; }
.spoken {
  position: absolute; width: 1px; height: 1px; margin: -1px;
  overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
.copy {
  font: .72rem/1 ui-sans-serif, system-ui, sans-serif; color: var(--soft); background: var(--tint);
  border: 1px solid var(--rule); border-radius: 4px; padding: .25rem .4rem; margin-left: .6rem; cursor: pointer;
  opacity: 0; transition: opacity .12s; vertical-align: middle; white-space: nowrap;
}
[data-latex]:hover .copy, .copy:focus-visible { opacity: 1; }
@media (hover: none) { .copy { opacity: .8; } }
@media (hover: hover) { .reason .copy { position: absolute; right: 0; top: .3rem; } }
footer {
  margin-top: 3rem; border-top: 1px solid var(--rule); padding-top: .8rem; color: var(--soft); font-size: .88rem;
}
@media (max-width: 46rem) {
  body { padding: 1.4rem 1rem; font-size: 1rem; }
  h1 { font-size: 1.55rem; }
  .steps .left { padding-left: .4rem; }
  .aside .left { padding-left: 1.2rem; }
}
@media print {
  :root {
    color-scheme: light;
    --ink: #000; --soft: #444; --paper: #fff; --rule: #bbb; --accent: #000; --box: #fff; --edge: #000;
  }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  nav, .copy { display: none; }
  .scroll { overflow: visible; }
  .graph svg { max-width: 100%; height: auto; }
  h1, h2, h3 { break-after: avoid; }
  tr, p, .display { break-inside: avoid; }
  section { margin-top: 1.6rem; }
}
@page { margin: 18mm; }
"""

SCRIPT = """
if (navigator.clipboard) for (const place of document.querySelectorAll("[data-latex]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy LaTeX";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(place.dataset.latex);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy LaTeX"; }, 1200);
  });
  (place.querySelector(".reason") ?? place).append(button);
}
"""
