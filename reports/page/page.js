/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page.js - draws the report whose data stand in the page
 *
 * Text of programs, findings and kernel files is only ever set as text, never
 * as markup. Charts are Chart.js's; a page without it says so and has all the
 * tables.
 */
"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const severities = ["critical", "high", "medium", "low"];
const charts = [];

/* -- making elements -- */

const add = (parent, child) => {
	if (child !== null && child !== undefined)
		parent.append(child);
};
function el(name, attributes, ...children)
{
	const made = document.createElement(name);

	for (const [key, value] of Object.entries(attributes || {}))
		made.setAttribute(key, value);
	children.flat().forEach(child => add(made, child));
	return made;
}
function svg(name, attributes, ...children)
{
	const made = document.createElementNS("http://www.w3.org/2000/svg", name);

	for (const [key, value] of Object.entries(attributes || {}))
		made.setAttribute(key, value);
	children.flat().forEach(child => add(made, child));
	return made;
}
const text = value => document.createTextNode(String(value));
const count = value => Number(value).toLocaleString("en");
const plural = (n, one, many) => count(n) + " " + (n === 1 ? one : many || one + "s");
const section = id => document.getElementById(id);
const sum = (list, of) => list.reduce((total, one) => total + of(one), 0);
const unique = list => [...new Set(list)].sort();

/* columns: [title, "n" for numbers, row => node or value] */
function table(columns, rows)
{
	const head = el("tr", {}, columns.map(([title, kind]) =>
		el("th", { class: kind || "" }, text(title))));
	const cell = (row, [, kind, show]) => {
		const value = show(row);

		return el("td", { class: kind || "" },
			  value instanceof Node ? value : text(value));
	};

	return el("div", { class: "scroll" }, el("table", {},
		el("thead", {}, head), el("tbody", {}, rows.map(row =>
			el("tr", {}, columns.map(column => cell(row, column)))))));
}
const mono = value => el("code", {}, text(value));
const chip = (kind, label, title) =>
	el("span", { class: "chip " + kind, title: title || "" }, text(label));
function bar(share)
{
	return el("span", { class: "bar" },
		  el("i", { style: "width:" + (100 * share).toFixed(1) + "%" }));
}
const more = (label, ...children) => {
	const made = el("details", { class: "more" },
			el("summary", {}, text(label)), children);
	return made;
};

/* -- summary -- */

function duration(seconds)
{
	if (seconds < 120)
		return Math.round(seconds) + " s";
	if (seconds < 7200)
		return Math.round(seconds / 60) + " min";
	return (seconds / 3600).toFixed(1) + " h";
}
function tile(value, label)
{
	return el("div", { class: "tile" }, el("b", {}, text(value)),
		  el("span", {}, text(label)));
}
function drawSummary()
{
	const campaign = data.campaign;
	const open = data.findings.filter(f => f.status !== "fixed");
	const fresh = open.filter(f => f.status === "new").length;
	const worst = severities.find(s => open.some(f => f.severity === s));
	const runs = sum(data.targets, t => t.executions);
	const canaries = data.canaries.flatMap(source => source.report.canaries)
		.filter(c => !c.control);
	const found = canaries.filter(c => c.found > 0).length;
	const tiles = [
		tile(plural(fresh, "finding"), "new"),
		tile(open.length - fresh, "known"),
		tile(worst || "none", "worst severity"),
		tile(count(runs), "programs run"),
		tile(plural(unique(data.targets.map(t => t.target)).length, "target"),
		     "in " + plural(data.targets.length, "executable")),
	];

	if (canaries.length)
		tiles.push(tile(found + " of " + canaries.length, "canaries found"));
	section("about").append(text(data.folder + " \u00b7 made " + data.made +
		" by vtbench " + data.vtb + (campaign ? " \u00b7 flavour " +
		campaign.flavour + ", seed " + campaign.seed + ", " +
		duration(campaign.seconds) + ", exit code " + campaign.exit +
		(campaign.interrupted ? ", interrupted" : "") : "")));
	section("summary").append(el("div", { class: "tiles" }, tiles));
}

/* -- timeline: a lane for each actor, events in their order -- */

const LANE = 40, HEAD = 26, LEFT = 130;

function timeLabel(us)
{
	if (us >= 1e6)
		return (us / 1e6).toFixed(3).replace(/\.?0+$/, "") + " s";
	if (us >= 1e3)
		return (us / 1e3).toFixed(3).replace(/\.?0+$/, "") + " ms";
	return us.toFixed(3).replace(/\.?0+$/, "") + " \u00b5s";
}
function drawTimes(root, times, column, height)
{
	let free = 0;

	times.forEach((us, at) => {
		const x = LEFT + at * column;

		if ((at && us === times[at - 1]) || x < free)
			return;
		free = x + 74;
		root.append(svg("line", { x1: x, x2: x, y1: HEAD - 8, y2: height,
					  class: "axis" }),
			    svg("text", { x: x + 3, y: HEAD - 12, class: "soft",
					  "font-size": 10 }, text(timeLabel(us))));
	});
}
function drawSpan(root, span, end, y, column)
{
	const from = LEFT + span.from * column;
	const to = LEFT + (span.to === undefined ? end : span.to + 0.6) * column;
	const width = Math.max(to - from, 5);
	const kind = span.cut ? " cut" : span.result < 0 ? " failed" : "";
	const label = span.key + ": " + span.op;
	const fits = Math.floor((width - 8) / 6.1);

	root.append(svg("g", {},
		svg("title", {}, text(span.key + ": " + span.call + (span.cut ?
			"  (did not come to its end)" : "  = " + span.result))),
		svg("rect", { x: from, y: y + 7, width, height: LANE - 14, rx: 3,
			      class: "span" + kind }),
		fits > 2 ? svg("text", { x: from + 4, y: y + 24, "font-size": 11 },
			text(label.length > fits ? label.slice(0, fits - 1) + "\u2026" :
			     label)) : null));
}
function drawMark(root, mark, y, column)
{
	const decision = mark.name.startsWith("decide");

	root.append(svg("g", {},
		svg("title", {}, text(mark.name + " " + mark.value)),
		svg("circle", { cx: LEFT + mark.at * column + 2, cy: y + LANE - 5,
				r: 3, class: "mark" + (decision ? " decision" : "") })));
}
function timeline(line)
{
	const times = line.times, end = times.length;
	/* Who neither did anything nor is to blame needs no lane. */
	const actors = line.actors.filter((actor, i) => actor.spans.length ||
		actor.marks.length || (line.finding && line.finding.actor === i));
	const height = HEAD + actors.length * LANE + 4;
	const column = Math.min(Math.max(1080 / Math.max(end, 1), 7), 64);
	const width = LEFT + Math.max(end * column, 300) + 70;
	const root = svg("svg", { width, height, class: "timeline" });

	actors.forEach((actor, i) => {
		const y = HEAD + i * LANE;

		root.append(svg("rect", { x: 0, y: y + 2, width, height: LANE - 4,
					  class: "lane" }));
	});
	drawTimes(root, times, column, height);
	actors.forEach((actor, i) => {
		const y = HEAD + i * LANE;

		root.append(svg("text", { x: 6, y: y + 24, "font-size": 12 },
			    text(actor.name.slice(0, 18))));
		actor.spans.forEach(span => drawSpan(root, span, end, y, column));
		actor.marks.forEach(mark => drawMark(root, mark, y, column));
	});
	if (line.finding) {
		const x = LEFT + (line.finding.at + 0.5) * column;
		const lane = actors.indexOf(line.actors[line.finding.actor]);
		const y = HEAD + lane * LANE + LANE / 2;

		root.append(svg("line", { x1: x, x2: x, y1: 6, y2: height,
					  class: "hit" }),
			    svg("circle", { cx: x, cy: y, r: 5, class: "hit-dot" }),
			    svg("text", { x: x + 6, y: 12, "font-size": 11,
					  class: "hit-text" }, text("finding")));
	}
	return el("div", {}, el("div", { class: "scroll" }, root),
		  el("p", { class: "note" }, text("In the order of events, left to " +
		     "right, with virtual times above. Dots are notes and " +
		     "decisions; dashed ops failed; hover for arguments and results." +
		     (line.cut ? " The run is longer than what is drawn." : ""))));
}

/* -- findings -- */

function needsOf(finding)
{
	const needs = finding.needs, rows = [];
	const say = (title, ...what) =>
		rows.push(el("dt", {}, text(title)), el("dd", {}, what));

	Object.entries(needs.actors).forEach(([actor, ops]) =>
		say(actor + " does", mono(ops.join(", "))));
	if (needs.adversary.length)
		say("adversary", text("changes memory while it is read: " +
				      needs.adversary.join(", ")));
	if (needs.peer_decisions)
		say("peer", text(plural(needs.peer_decisions, "decision") +
				 " that an honest one would not take"));
	if (needs.faults.length)
		say("fails", text("a call that fails: " + needs.faults.join(", ")));
	if (needs.switches)
		say("timing", text(plural(needs.switches, "switch", "switches") +
				   " between actors at chosen points"));
	if (needs.memory)
		say("memory", text("model " + needs.memory));
	if (needs.abuse)
		say("profile", text("abuse: no caller in the tree does it"));
	if (!rows.length)
		say("needs", text("not known: the program was not read"));
	return el("dl", {}, rows);
}
function sourceOf(place)
{
	const lines = (place.source || []).map(({ line, text: words }) =>
		el("span", { class: line === place.line ? "here" : "" },
		   el("span", { class: "no" }, text(String(line).padStart(5) + "  ")),
		   text(words + "\n")));

	return el("div", {},
		el("div", {}, mono(place.function), text(place.file ? "  " +
		   place.file + ":" + place.line + (place.exact ? "" :
		   " (where it begins)") : "  (an op of the world)")),
		lines.length ? el("pre", {}, lines) : null);
}
function showsTable(finding)
{
	const say = { same: "shows the same", clean: "clean", other: "something else",
		      unknown: "no answer" };

	return table([
		["implementation", "", s => s.implementation],
		["built from", "", s => s.tree || "-"],
		["this program", "", s => chip(s.result, say[s.result])],
		["finding there", "", s => s.result === "other" ? mono(s.identity) : ""],
	], finding.shows);
}
function seenTable(finding)
{
	return table([
		["found in", "", s => s.implementation],
		["status", "", s => chip(s.status, s.status)],
		["files", "n", s => s.files],
		["first seen", "", s => s.first_seen || "-"],
		["build", "", s => mono(s.build)],
		["file", "", s => mono(s.minimised || s.file)],
	], finding.seen);
}
function reproOf(finding)
{
	return "./vtb repro " + finding.shown_by + (finding.race ? " --race" : "");
}
function inevitable(explain)
{
	const width = 640, height = 130, left = 34, points = explain.points;
	const first = points[0].step, last = points[points.length - 1].step;
	const x = step => left + (step - first) / Math.max(last - first, 1) *
				 (width - left - 12);
	const y = share => 10 + (1 - share) * (height - 34);
	const path = points.map((p, i) => (i ? "L" : "M") + x(p.step).toFixed(1) +
				" " + y(p.failed / p.runs).toFixed(1)).join("");
	const root = svg("svg", { width, height, class: "inevitable" },
		[0, 0.5, 1].map(share => svg("g", {},
			svg("line", { x1: left, x2: width - 12, y1: y(share),
				      y2: y(share), class: "axis" }),
			svg("text", { x: 0, y: y(share) + 4, "font-size": 10,
				      class: "soft" }, text(100 * share + " %")))),
		svg("path", { d: path, class: "curve" }),
		svg("text", { x: left, y: height - 4, "font-size": 10, class: "soft" },
		    text("share of runs with fresh decisions from a step on that " +
			 "still fail; steps " + first + " to " + last)));

	if (explain.inevitable_step !== null) {
		const at = x(explain.inevitable_step);

		root.append(svg("line", { x1: at, x2: at, y1: 6, y2: height - 22,
					  class: "hit" }),
			    svg("text", { x: Math.min(at + 5, width - 150), y: 32,
					  "font-size": 11, class: "hit-text" },
				text("inevitable from step " +
				     explain.inevitable_step)));
	}
	return root;
}
function explainOf(finding)
{
	const explain = finding.explain;

	if (!explain || !explain.points || !explain.points.length)
		return null;
	return el("div", {}, el("h3", {}, text("From when on it was inevitable")),
		inevitable(explain),
		explain.switches.length ? el("pre", {},
			text(explain.switches.join("\n"))) :
		el("p", { class: "note" }, text("It takes no preemption.")));
}
function upstreamOf(finding)
{
	return finding.upstream.map(page =>
		more("upstream: " + page.title, el("pre", {}, text(page.text))));
}
function bodyOf(finding)
{
	const body = el("div", { class: "body" });
	const part = (title, ...what) => body.append(el("h3", {}, text(title)), ...what);

	if (finding.why)
		part("Why", el("p", {}, text(finding.why)));
	part("Severity", el("p", {}, text(finding.severity + ": " + finding.harm +
		(finding.lowered ? "; " + finding.lowered : "") + ".")));
	part("Replay", el("pre", {}, text(reproOf(finding))));
	if (finding.timeline && finding.timeline.times.length)
		part("Who did what when", timeline(finding.timeline));
	add(body, explainOf(finding));
	body.append(el("div", { class: "two" },
		el("div", {}, el("h3", {}, text("What it takes")), needsOf(finding)),
		el("div", {}, el("h3", {}, text("Where it shows")),
		   finding.shows && finding.shows.length ? showsTable(finding) :
		   el("p", { class: "note" }, text("It was not replayed: a run " +
			"takes until the wall clock ends it, or its executable " +
			"is not built.")))));
	if (finding.places && finding.places.length)
		part("Places", el("div", { class: "two" },
				  finding.places.map(sourceOf)));
	if (finding.program)
		part(finding.seen.some(s => s.minimised) ? "Minimised program" :
		     "Program", el("pre", {}, text(finding.program)));
	if (finding.stack && finding.stack.length)
		body.append(more("stacks", el("pre", {},
					      text(finding.stack.join("\n")))));
	part("Known and seen", finding.reason ?
	     el("p", {}, text("known: " + finding.reason)) : "",
	     ...upstreamOf(finding), seenTable(finding));
	return body;
}
function card(finding)
{
	const implementations = finding.seen.map(s => chip("same", s.implementation));
	const made = el("details", { class: "finding",
				     "data-severity": finding.severity },
		el("summary", {},
		   el("span", { class: "severity " + finding.severity },
		      text(finding.severity)),
		   el("span", { class: "identity mono" },
		      text(finding.target + ": " + finding.identity)),
		   el("span", { class: "chips" },
		      chip(finding.status, finding.status), implementations),
		   el("span", { class: "what" }, text(finding.what || ""))));

	/* Most are never opened. */
	made.addEventListener("toggle", () => {
		if (made.open && !made.querySelector(".body"))
			made.append(bodyOf(finding));
	});
	return made;
}

/* -- filters -- */

const filter = { text: "", target: "", severity: "", implementation: "", status: "" };

function shown(finding)
{
	const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
	const all = [finding.identity, finding.target, finding.what, finding.why,
		     finding.reason, finding.program].join(" ").toLowerCase();

	return (!filter.target || finding.target === filter.target) &&
	       (!filter.severity || finding.severity === filter.severity) &&
	       (!filter.status || finding.status === filter.status) &&
	       (!filter.implementation || finding.seen.some(s =>
		s.implementation === filter.implementation)) &&
	       words.every(word => all.includes(word));
}
function choice(key, label, values, changed)
{
	const made = el("select", { id: "filter-" + key, "aria-label": label },
		el("option", { value: "" }, text(label)),
		values.map(value => el("option", { value }, text(value))));

	made.addEventListener("change", () => {
		filter[key] = made.value;
		changed();
	});
	return made;
}
function drawFindings()
{
	const rank = f => severities.indexOf(f.severity) +
			  10 * ["new", "known", "fixed"].indexOf(f.status);
	const list = data.findings.slice().sort((a, b) => rank(a) - rank(b));
	const cards = list.map(card);
	const said = el("span", { id: "shown" });
	const input = el("input", { id: "filter-text", type: "search",
				    placeholder: "text in findings and programs" });
	const apply = () => {
		let n = 0;

		list.forEach((finding, i) => {
			cards[i].hidden = !shown(finding);
			n += !cards[i].hidden;
		});
		said.textContent = n === list.length ? plural(n, "finding") :
				   n + " of " + plural(list.length, "finding");
		drawProgress();
	};

	input.addEventListener("input", () => {
		filter.text = input.value;
		apply();
	});
	section("findings").append(el("h2", {}, text("Findings")),
		el("div", { class: "filters" }, input,
		   choice("target", "all targets", unique(data.targets.concat(
			data.findings).map(t => t.target)), apply),
		   choice("severity", "all severities", severities, apply),
		   choice("implementation", "all implementations", unique(
			data.findings.flatMap(f => f.seen.map(s => s.implementation))),
			apply),
		   choice("status", "all states", ["new", "known", "fixed"],
			  apply), said), ...cards);
	if (!list.length)
		section("findings").append(el("p", { class: "panel note" },
			text("No finding lies in this folder.")));
	apply();
}

/* -- progress over time -- */

const colours = ["#2f6fbf", "#d1602b", "#3b8f5a", "#8c5fb0", "#b88a00", "#c2457a",
		 "#2a9aa5", "#7a6a5a", "#5a7d2a", "#9c3d3d", "#4b5fc9", "#888888"];

/*
 * Campaigns in one folder follow one another. { target, implementation, x,
 * executions, edges, findings } for each sample; executions are summed up.
 */
function samples()
{
	const list = [], done = {}, last = {};
	let campaign = null, offset = 0, seconds = 0;

	for (const line of data.history) {
		if (line.campaign !== campaign) {
			for (const key of Object.keys(last))
				done[key] = (done[key] || 0) + last[key];
			Object.keys(last).forEach(key => delete last[key]);
			offset += seconds;
			campaign = line.campaign;
		}
		seconds = line.seconds;
		for (const [target, implementation, executions, edges, , ,
			    findings] of line.pairs || []) {
			const key = target + "." + implementation;

			last[key] = executions;
			list.push({ target, implementation, x: offset + seconds,
				    executions: (done[key] || 0) + executions,
				    edges, findings });
		}
		for (const c of line.coverage || [])
			if (c.lines)
				list.push({ target: c.target,
					    implementation: c.implementation,
					    x: offset + seconds,
					    coverage: 100 * c.lines.hit /
						      Math.max(c.lines.found, 1) });
	}
	return list;
}
/* One line for each target; of one target, for each implementation. */
function series(list, value, together)
{
	const lines = new Map();

	for (const one of list) {
		if (one[value] === undefined ||
		    (filter.target && one.target !== filter.target))
			continue;
		const name = filter.target ? one.implementation : one.target;

		if (!lines.has(name))
			lines.set(name, new Map());
		const points = lines.get(name);

		points.set(one.x, points.has(one.x) ?
			   together(points.get(one.x), one[value]) : one[value]);
	}
	return [...lines].map(([label, points], i) => ({
		label, data: [...points].map(([x, y]) => ({ x, y })),
		borderColor: colours[i % colours.length],
		backgroundColor: colours[i % colours.length],
		borderWidth: 1.8, pointRadius: points.size < 3 ? 3 : 0, tension: 0,
	}));
}
const style = name =>
	getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function chart(canvas, datasets, xTitle, yTitle, extra)
{
	const axis = (title, type) => ({
		type, title: { display: true, text: title, color: style("--soft") },
		grid: { color: style("--line") }, ticks: { color: style("--soft") },
	});
	const made = new Chart(canvas, {
		type: "line", data: { datasets },
		options: Object.assign({
			animation: false, responsive: true, parsing: false,
			maintainAspectRatio: false,
			interaction: { mode: "nearest", intersect: false },
			plugins: { legend: { position: "bottom", labels: {
				boxWidth: 12, color: style("--ink") } } },
			scales: { x: axis(xTitle, extra && extra.log ? "logarithmic" :
					  "linear"),
				  y: Object.assign(axis(yTitle, "linear"),
						   { beginAtZero: true },
						   extra && extra.y) },
		}),
	});

	charts.push(made);
	return made;
}
function chartPanel(id, title, note)
{
	const canvas = el("canvas", { id });

	return [el("div", { class: "panel" }, el("h3", {}, text(title)),
		   note ? el("p", { class: "note" }, text(note)) : null,
		   el("div", { class: "canvas" }, canvas)), canvas];
}
const progress = {};

function drawProgress()
{
	const list = samples(), plus = (a, b) => a + b;
	const kinds = [
		["executions", "Programs run", "programs", plus],
		["edges", "Edges reached by the best implementation", "edges", Math.max],
		["findings", "Findings", "findings", plus],
		["coverage", "Line coverage, best implementation",
		 "% of lines", Math.max],
	];

	if (progress.made) {
		kinds.forEach(([key, , , together]) => {
			if (!progress[key])
				return;
			progress[key].data.datasets = series(list, key, together);
			progress[key].update();
		});
		return;
	}
	progress.made = true;
	section("progress").append(el("h2", {}, text("Over time")));
	if (!list.length || typeof Chart === "undefined") {
		section("progress").append(el("p", { class: "panel note" },
			text(list.length ? "No charts: the library was not installed " +
			     "when the page was made (libjs-chart.js)." :
			     "The campaign has recorded nothing over time.")));
		return;
	}
	const grid = el("div", { class: "charts" });

	section("progress").append(grid);
	for (const [key, title, yTitle, together] of kinds) {
		const datasets = series(list, key, together);

		if (!datasets.length) {
			grid.append(el("div", { class: "panel" },
				el("h3", {}, text(title)), el("p", { class: "note" },
				text("Not measured in this folder."))));
			continue;
		}
		const [panel, canvas] = chartPanel("chart-" + key, title, "");

		grid.append(panel);
		progress[key] = chart(canvas, datasets, "seconds of fuzzing", yTitle);
	}
}

/* -- targets -- */

function coverageCell(measured)
{
	if (!measured)
		return text("-");
	const share = measured.hit / Math.max(measured.found, 1);

	return el("span", {}, bar(share), text((100 * share).toFixed(1) + " %"));
}
function drawTargets()
{
	section("targets").append(el("h2", {}, text("Targets")));
	if (!data.targets.length) {
		section("targets").append(el("p", { class: "panel note" },
			text("No summary: the campaign has not come to its end.")));
		return;
	}
	section("targets").append(el("div", { class: "panel" }, table([
		["target", "", t => t.target],
		["implementation", "", t => t.implementation],
		["built from", "", t => t.tree || "-"],
		["programs", "n", t => count(t.executions)],
		["per s", "n", t => t.seconds ? count(Math.round(t.executions /
							 t.seconds)) : "-"],
		["edges", "n", t => count(t.edges)],
		["ops ok", "n", t => t.ops ? Math.round(100 * t.ops_ok / t.ops) +
				     " %" : "-"],
		["lines", "", t => coverageCell(t.lines)],
		["branches", "", t => coverageCell(t.branches)],
	], data.targets)));
}

/* -- canaries -- */

function secondsFound(canary)
{
	return canary.runs.filter(run => run.found && run.finding)
		.map(run => run.finding.seconds).sort((a, b) => a - b);
}
/* Steps from (0, 0): which share of the seeds had found it by then. */
function curve(canary, limit)
{
	const width = 130, height = 26, seconds = secondsFound(canary);
	const x = s => Math.log10(1 + 9 * Math.min(s / limit, 1)) * width;
	let path = "M0 " + height, y = height;

	seconds.forEach((s, i) => {
		path += "H" + x(s).toFixed(1);
		y = height - (i + 1) / canary.seeds * (height - 3);
		path += "V" + y.toFixed(1);
	});
	return svg("svg", { width, height: height + 2 },
		svg("title", {}, text(seconds.map(s => s.toFixed(1) + " s").join(", "))),
		svg("line", { x1: 0, x2: width, y1: height, y2: height,
			      class: "axis" }),
		svg("path", { d: path + "H" + width, class: "curve" }));
}
/* Over all seeds of all canaries of a target. */
function survival(canaries)
{
	const targets = unique(canaries.map(c => c.target));

	return targets.map((label, i) => {
		const mine = canaries.filter(c => c.target === label);
		const all = sum(mine, c => c.seeds);
		const seconds = mine.flatMap(secondsFound).sort((a, b) => a - b);

		return { label, stepped: true, borderWidth: 1.8, pointRadius: 0,
			 borderColor: colours[i % colours.length],
			 backgroundColor: colours[i % colours.length],
			 data: seconds.map((s, n) => ({ x: Math.max(s, 0.01),
							y: 100 * (n + 1) / all })) };
	});
}
function canaryTable(canaries, limit)
{
	return table([
		["canary", "", c => mono(c.id)],
		["target", "", c => c.target],
		["kind", "", c => c.class + (c.control ? " (control)" : "")],
		["an attacker", "", c => c.capabilities],
		["found", "n", c => c.found + "/" + c.seeds],
		["median", "n", c => c.median_seconds === null ? "-" :
				     c.median_seconds.toFixed(1) + " s"],
		["found by, to " + limit + " s", "", c => curve(c, limit)],
		["ops", "n", c => c.minimised ? c.minimised.ops : "-"],
		["falls to", "", c => c.op || "-"],
	], canaries);
}
function drawCanaries()
{
	const canaries = data.canaries.flatMap(source => source.report.canaries);
	const limit = Math.max(1, ...data.canaries.map(s => s.report.seconds_per_seed));
	const hunted = canaries.filter(c => !c.control && c.seeds);
	const out = section("canaries");

	out.append(el("h2", {}, text("Canaries: would it have found them?")));
	if (!canaries.length) {
		out.append(el("p", { class: "panel note" }, text("No table of canaries.")));
		return;
	}
	out.append(el("p", { class: "note" }, text("Historical bugs, put back one at a " +
		"time and hunted from an empty corpus; seconds of processor time. From " +
		data.canaries.map(s => s.file).join(", ") + ".")));
	if (hunted.length && typeof Chart !== "undefined") {
		const [panel, canvas] = chartPanel("chart-survival",
			"Seeds that had found their canary by then", "");

		out.append(panel, el("p"));
		chart(canvas, survival(hunted), "seconds of processor time",
		      "% of seeds", { log: true, y: { max: 100 } });
	}
	out.append(el("div", { class: "panel" }, canaryTable(canaries, limit)));
}

/* -- what was not explored -- */

function bound(line)
{
	const bounded = line.bounded;

	if (bounded && bounded.complete)
		return "complete: no schedule needs more preemptions";
	if (bounded)
		return bounded.exhausted < 0 ? "none: not even the first round was done" :
		       "all schedules with at most " +
		       plural(bounded.exhausted, "preemption") +
		       (bounded.truncated ? "; runs with too many choices were cut" : "");
	if (line.missed !== undefined)
		return "a bug of depth " + line.depth + " was missed with a chance of " +
		       "at most " + line.missed.toPrecision(3);
	return "none: what was not tried is not known";
}
function drawExplored(out)
{
	out.append(el("h3", {}, text("Schedules")));
	if (!data.explored.length) {
		out.append(el("p", { class: "note" }, text("No program was run under " +
			"many schedules: no bound holds for any of them.")));
		return;
	}
	out.append(table([
		["program", "", e => mono(e.file)],
		["in", "", e => e.implementation],
		["strategy", "", e => e.strategy],
		["memory", "", e => e.memory || "-"],
		["schedules", "n", e => count(e.schedules)],
		["findings", "n", e => e.findings],
		["bound that holds", "", e => bound(e)],
	], data.explored));
}
function placeOf(site)
{
	return mono(site.function + (site.file ? "  " + site.file + ":" + site.line : ""));
}
function drawFetches(out)
{
	out.append(el("h3", {}, text("Reads of memory that others may write")));
	if (!data.fetches.length) {
		out.append(el("p", { class: "note" }, text("Nobody has looked: " +
			"`vtb fetches TARGET` does.")));
		return;
	}
	for (const run of data.fetches) {
		const never = run.sites.filter(site => !site.reached);

		out.append(el("p", {}, text(run.target + " in " + run.implementation +
			": " + plural(never.length, "site") + " never reached, " +
			(run.sites.length - never.length) + " reached" + (run.loads ?
			", " + (run.loads - run.loads_shared) + " of " + run.loads +
			" loads read nothing shared" : "") + ".")));
		if (never.length)
			out.append(table([
				["never reached", "", placeOf],
				["kind", "", site => site.kind],
				["who may write", "", site => site.powers.join(", ") || "-"],
			], never));
	}
}
function drawUnexplored()
{
	const tried = new Set(data.explored.map(e => e.target));
	const not = unique(data.targets.map(t => t.target)).filter(t => !tried.has(t));
	const panel = el("div", { class: "panel" });
	const low = data.targets.filter(t => t.lines && t.lines.hit < t.lines.found);

	section("unexplored").append(el("h2", {}, text("What was not explored")), panel);
	drawExplored(panel);
	if (data.explored.length && not.length)
		panel.append(el("p", { class: "note" }, text("No schedules were searched " +
			"for: " + not.join(", "))));
	drawFetches(panel);
	if (low.length)
		panel.append(el("h3", {}, text("Code that nothing reached")), table([
			["target", "", t => t.target + "." + t.implementation],
			["lines never run", "n", t => t.lines.found - t.lines.hit],
			["branches never taken", "n", t => t.branches ?
			 t.branches.found - t.branches.hit : "-"],
		], low));
}
function drawMissing()
{
	const out = section("missing");

	out.append(el("h2", {}, text("Missing from this report")));
	out.append(data.missing.length ?
		el("ul", { class: "panel", style: "padding-left:2.2rem" },
		   data.missing.map(what => el("li", {}, text(what)))) :
		el("p", { class: "note" }, text("Nothing: every part was there.")));
}

drawSummary();
drawFindings();
drawTargets();
drawCanaries();
drawUnexplored();
drawMissing();
})();
