// The path from a leaf to the root as a picture that can be walked: each step joins a neighbour.
(function (por) {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const [WIDTH, ROW, TOP, MIDDLE, ASIDE] = [480, 52, 40, 240, 130];

  function draw(name, attributes, parent, text) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    if (text !== undefined) element.textContent = text;
    parent.append(element);
    return element;
  }

  const short = (hash) => `${por.showHex(hash).slice(0, 8)}…`;

  // Return the picture of one piece's steps (as `verifyProof` shows them), with the step `at` lit.
  function picture(piece, found, at) {
    const height = TOP * 2 + ROW * (piece.steps.length - 1);
    const label = por.word("path-picture");
    const svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": label }, new DocumentFragment());
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
  function sentence(piece, found, at) {
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

  // A walk over one piece: picture, sentence and two buttons.
  function walk(piece, found, count) {
    const whole = document.createElement("div");
    const title = document.createElement("p");
    title.textContent = por.word("path-asset", { asset: found.asset, index: piece.index, count: count.toLocaleString("en") });
    const [frame, said, bar] = ["div", "p", "div"].map((name) => document.createElement(name));
    frame.className = "picture";
    frame.tabIndex = 0;
    frame.setAttribute("role", "group");
    frame.setAttribute("aria-label", por.word("path-picture"));
    said.setAttribute("aria-live", "polite");
    bar.className = "walk";
    const [back, on] = ["path-back", "path-on"].map((name) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = por.word(name);
      bar.append(button);
      return button;
    });
    let at = 0;
    const show = () => {
      frame.replaceChildren(picture(piece, found, at));
      said.textContent = sentence(piece, found, at);
      back.disabled = at === 0;
      on.disabled = at === piece.steps.length - 1;
      const lit = frame.querySelector(".now");
      if (lit) frame.scrollTop = (lit.cy.baseVal.value / lit.ownerSVGElement.viewBox.baseVal.height) * frame.scrollHeight - frame.clientHeight / 2;
    };
    back.addEventListener("click", () => { at -= 1; show(); if (back.disabled) on.focus(); });
    on.addEventListener("click", () => { at += 1; show(); if (on.disabled) back.focus(); });
    whole.append(title, frame, said, bar);
    return { whole, show };
  }

  Object.assign(por, { walk });
})((globalThis.por ??= {}));
