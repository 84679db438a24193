// The path from a leaf to the root as a picture that can be walked, by buttons or arrow keys: each step joins a neighbour.
(function (por) {
  "use strict";

  const { make } = por;
  const SVG = "http://www.w3.org/2000/svg";
  const [WIDTH, ROW, TOP, MIDDLE, ASIDE] = [360, 52, 40, 180, 110];

  function draw(name, attributes, parent, text) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    if (text !== undefined) element.textContent = text;
    parent.append(element);
    return element;
  }

  const short = (hash) => `${por.showHex(hash).slice(0, 8)}…`;

  // Return the picture of one piece's steps (as `verifyProof` shows them), with the step `at` lit.
  function picture(piece, at) {
    const height = TOP * 2 + ROW * (piece.steps.length - 1);
    const svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${height}`, "aria-hidden": "true" }, new DocumentFragment());
    const y = (step) => height - TOP - step * ROW;
    piece.steps.forEach((step, number) => {
      const later = number > at ? " later" : "";
      if (step.side !== null) {
        const x = MIDDLE + (step.side === "left" ? -ASIDE : ASIDE);
        const below = y(number - 1);
        draw("line", { class: `edge${later}`, x1: MIDDLE, y1: below, x2: MIDDLE, y2: y(number) }, svg);
        draw("line", { class: `edge${later}`, x1: x, y1: below, x2: MIDDLE, y2: y(number) }, svg);
        draw("circle", { class: `other${later}`, cx: x, cy: below, r: 11 }, svg);
        const name = { class: later.trim(), x, y: below + 27, "text-anchor": "middle" };
        draw("text", name, svg, short(step.sibling.hash));
      }
    });
    piece.steps.forEach((step, number) => {
      const state = (number > at ? " later" : "") + (number === at ? " now" : "");
      draw("circle", { class: `yours${state}`, cx: MIDDLE, cy: y(number), r: 13 }, svg);
      const last = number === piece.steps.length - 1;
      const name = number === 0 ? por.word("path-you") : last ? por.word("path-total") : short(step.hash);
      draw("text", { class: number > at ? "later" : "", x: MIDDLE + 20, y: y(number) + 5 }, svg, name);
    });
    return svg;
  }

  // What the step `at` is, in words.
  function words(piece, found, at) {
    const step = piece.steps[at];
    const steps = piece.steps.length - 1;
    const show = (amount) => por.showUnits(amount, found.decimals);
    const values = { asset: found.asset, step: at, steps, sum: show(step.sum) };
    if (at === 0 && steps > 0) return por.word("path-leaf", values);
    const joins = () =>
      por.word("path-step", { ...values, side: por.word(step.side), other: show(step.sibling.sum) });
    if (at < steps) return joins();
    return (at > 0 ? `${joins()} ` : "") + por.word("path-root", values);
  }

  // The same in words alone, for whoever does not see the picture or wants to compute it again.
  function alternative(piece, found) {
    const list = make("ol", { start: 0 });
    const details = make("details", { kind: "steps", children: [make("summary", { text: por.word("path-all") }), list] });
    const row = (step, at) => make("li", { children: [
      `${words(piece, found, at)} `, por.sentence("path-hash", { hash: por.showHex(step.hash) }, { tag: "span", code: ["hash"] }),
    ] });
    details.addEventListener("toggle", () => {
      if (details.open && list.children.length === 0) list.append(...piece.steps.map(row));
    });
    return details;
  }

  // A walk over one piece: picture, sentence and two buttons.
  function walk(piece, found, count) {
    const title = { asset: found.asset, index: piece.index, count: count.toLocaleString("en") };
    const frame = make("div", { kind: "picture", role: "group", tabindex: 0, "aria-label": por.word("path-picture") });
    const said = make("p", { "aria-live": "polite" });
    const [back, on] = ["path-back", "path-on"].map((name) => make("button", { type: "button", text: por.word(name) }));
    const hint = make("span", { kind: "note", text: por.word("path-keys"), id: "path-keys" });
    frame.setAttribute("aria-describedby", hint.id);
    const last = piece.steps.length - 1;
    let at = 0;
    const show = (wanted) => {
      at = Math.max(0, Math.min(last, wanted));
      frame.replaceChildren(picture(piece, at));
      said.textContent = words(piece, found, at);
      back.disabled = at === 0;
      on.disabled = at === last;
      const lit = frame.querySelector(".now");
      const share = lit.cy.baseVal.value / lit.ownerSVGElement.viewBox.baseVal.height;
      frame.scrollTop = share * frame.scrollHeight - frame.clientHeight / 2;
    };
    const keys = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
    frame.addEventListener("keydown", (event) => {
      if (!Object.hasOwn(keys, event.key) || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      show(at + keys[event.key]);
    });
    back.addEventListener("click", () => { show(at - 1); if (back.disabled) on.focus(); });
    on.addEventListener("click", () => { show(at + 1); if (on.disabled) back.focus(); });
    const parts = [
      por.sentence("path-asset", title), frame, said, make("div", { kind: "walk", children: [back, on, hint] }),
      alternative(piece, found),
    ];
    return { parts, show: () => show(at) };
  }

  // The walks of all balances, one at a time: a proof may have thousands of pieces.
  function walks(found, roots) {
    const place = make("div");
    const [assets, pieces] = [make("div", { kind: "choice" }), make("div", { kind: "choice" })];
    const open = (row, number) => {
      const one = walk(row.pieces[number], row, roots.get(row.asset).count);
      place.replaceChildren(...one.parts);
      if (place.isConnected) one.show();
      return one;
    };
    const openAsset = (row) => {
      const named = ({ index }, at) => por.word("path-piece-of", { piece: at + 1, pieces: row.pieces.length, index });
      const several = row.pieces.length > 1;
      pieces.replaceChildren(...(several ? por.choice(por.word("path-piece"), row.pieces.map(named), (at) => open(row, at)) : []));
      return open(row, 0);
    };
    if (found.length > 1) {
      assets.append(...por.choice(por.word("path-which"), found.map((row) => row.asset), (at) => openAsset(found[at])));
    }
    const first = openAsset(found[0]);
    return { parts: [assets, pieces, place], show: () => first.show() };
  }

  Object.assign(por, { walks });
})((globalThis.por ??= {}));
